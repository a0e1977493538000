import { writeFile } from 'node:fs/promises';
import {
  type APIRequestContext,
  type BrowserContextOptions,
  test as base,
  expect,
  request as requests,
  type TestInfo,
} from '@playwright/test';
import { PASSWORD, register } from './account';
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
  /** The same, who has given the password to the sign-in form of that browser. */
  member: (username: string, options?: PersonOptions) => Promise<Person>;
}

/** Of those that are written down, so many are told at once. */
const SHOWN_REQUESTS = 10;

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],

  node: async ({ settings }, use) => {
    const node = await SnugNode.start(settings);
    await use(node);
    await node.stop();
  },

  stranger: async ({ browser, node }, use, info) => {
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
    if (info.status !== info.expectedStatus)
      await Promise.all(people.map(({ person, watch }) => record(person, watch, info)));
    for (const { person } of people) await person.page.context().close();
    expect(problems, 'what the browsers complained about').toEqual([]);
  },

  person: async ({ node, stranger }, use) => {
    await use(async (username, options = {}) => {
      const person = await stranger(options);
      await makeAccount(person, person.page.context().request, node, username, options);
      return person;
    });
  },

  member: async ({ node, stranger }, use) => {
    await use(async (username, options = {}) => {
      const person = await stranger(options);
      const elsewhere = await requests.newContext({ ignoreHTTPSErrors: true });
      await makeAccount(person, elsewhere, node, username, options);
      await elsewhere.dispose();
      await person.open('/sign-in');
      await person.signIn(username, PASSWORD);
      await expect(person.conversations.or(person.page.getByText('Welcome to')).first()).toBeVisible();
      return person;
    });
  },
});

/** What everybody saw when a journey failed, and what their browser had asked the node. */
async function record({ page, username }: Person, watch: Watch, info: TestInfo): Promise<void> {
  const name = username || 'somebody';
  await writeFile(info.outputPath(`${name}.requests.txt`), watch.requests.join('\n'));
  console.log(`${name} asked last:\n  ${watch.requests.slice(-SHOWN_REQUESTS).join('\n  ')}`);
  console.log(
    `${name} saw:\n${await page
      .getByRole('alert')
      .allInnerTexts()
      .catch(() => [])}`,
  );
  await page.screenshot({ path: info.outputPath(`${name}.png`), timeout: 5_000 }).catch(() => undefined);
}

export async function makeAccount(
  person: Person,
  request: APIRequestContext,
  node: SnugNode,
  username: string,
  { name }: PersonOptions,
): Promise<void> {
  const setup_token = node.setupUrl?.split('/').pop();
  node.setupUrl = null;
  const account = await register(request, node.origin, {
    username,
    display_name: name ?? username[0]?.toUpperCase() + username.slice(1),
    ...(setup_token && { setup_token }),
  });
  person.isNow(username, account);
}

export { expect };

/** The sizes that layouts are made for. */
export const PHONE = { width: 390, height: 780, touch: true } as const;
export const SMALL_PHONE = { width: 320, height: 640, touch: true } as const;

export function contextOptions(node: SnugNode, options: PersonOptions): BrowserContextOptions {
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
