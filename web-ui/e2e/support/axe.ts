import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Person } from './person';
import { expect } from './test';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What depends on the theme: looked at in both. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** No violation of WCAG 2.2 AA that can be found by program, in both themes; on the whole page, or within a part of it. */
export async function isAccessible(person: Person, screen: string, within?: string): Promise<void> {
  const { page } = person;
  if (within) await expect(page.locator(within).first()).toBeVisible();
  for (const theme of ['light', 'dark'] as const) {
    await person.wears(theme);
    await settle(page);
    const axe = new AxeBuilder({ page });
    if (within) axe.include(within);
    const { violations } = await (theme === 'light' ? axe.withTags(TAGS) : axe.withRules(COLOURS)).analyze();
    const found = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}\n  ${target.join(' ')}\n  ${failureSummary}`),
    );
    expect.soft(found, `${screen}, ${theme}`).toEqual([]);
  }
  await person.wears('light');
}

/** Waits until colours have stopped changing. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const running = document
      .getAnimations()
      .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime));
    await Promise.allSettled(running.map((animation) => animation.finished));
  });
}
