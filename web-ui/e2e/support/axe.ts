import { AxeBuilder } from '@axe-core/playwright';
import type { Person } from './person';
import { expect } from './test';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** No violation of WCAG 2.2 AA that can be found by program, in both themes. */
export async function isAccessible(person: Person, screen: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await person.wears(theme);
    const { violations } = await new AxeBuilder({ page: person.page }).withTags(TAGS).analyze();
    const found = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}\n  ${target.join(' ')}\n  ${failureSummary}`),
    );
    expect.soft(found, `${screen}, ${theme}`).toEqual([]);
  }
}
