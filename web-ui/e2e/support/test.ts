import { type BrowserContextOptions, test as base, expect } from '@playwright/test';
import { register } from './account';
import { SnugNode } from './node';
import { Person } from './person';
import { Watch } from './watch';

export interface PersonOptions {
  width?: number;
  height?: number;
  theme?: 'light' | 'dark';
  /** A phone: fingers in place of a mouse. */
  touch?: boolean;
  /** The name to show. */
  name?: string;
}

interface Fixtures {
  /** A node of this journey's own. */
  node: SnugNode;
  /** Settings of that node, as in its environment. */
  settings: Record<string, string>;
  /** A browser that nobody is signed in to. */
  stranger: (options?: PersonOptions) => Promise<Person>;
  /** Somebody with an account, signed in in a browser of their own. The first one is the administrator. */
  person: (username: string, options?: PersonOptions) => Promise<Person>;
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],

  node: async ({ settings }, use) => {
    const node = await SnugNode.start(settings);
    await use(node);
    await node.stop();
  },

  stranger: async ({ browser, node }, use) => {
    const people: { person: Person; watch: Watch }[] = [];
    await use(async (options = {}) => {
      const context = await browser.newContext(contextOptions(node, options));
      const watch = new Watch(context, node.origin);
      const person = new Person(await context.newPage(), node, watch);
      people.push({ person, watch });
      return person;
    });
    const problems = people.flatMap(({ person, watch }) =>
      watch.problems.map((problem) => `${person.username || 'somebody'}: ${problem}`),
    );
    for (const { person } of people) await person.page.context().close();
    expect(problems, 'what the browsers complained about').toEqual([]);
  },

  person: async ({ node, stranger }, use) => {
    await use(async (username, options = {}) => {
      const person = await stranger(options);
      const setup_token = node.setupUrl?.split('/').pop();
      node.setupUrl = null;
      const account = await register(person.page.context().request, node.origin, {
        username,
        display_name: options.name ?? username[0]?.toUpperCase() + username.slice(1),
        ...(setup_token && { setup_token }),
      });
      person.isNow(username, account);
      return person;
    });
  },
});

export { expect };

/** The sizes that layouts are made for. */
export const PHONE = { width: 390, height: 780, touch: true } as const;
export const SMALL_PHONE = { width: 320, height: 640, touch: true } as const;

function contextOptions(node: SnugNode, options: PersonOptions): BrowserContextOptions {
  const { width = 1280, height = 800, theme = 'light', touch = false } = options;
  return {
    baseURL: node.origin,
    viewport: { width, height },
    colorScheme: theme,
    hasTouch: touch,
    isMobile: touch,
    locale: 'en-GB',
    timezoneId: 'Europe/Oslo',
    permissions: ['clipboard-read', 'clipboard-write'],
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: true,
  };
}
