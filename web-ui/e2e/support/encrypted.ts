// Encrypted conversations, begun as people begin them.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import type { SnugNode } from './node';
import type { Person } from './person';
import { expect } from './test';

/** Whoever has no keys yet gets them by opening the app once. */
export async function areReady(...people: Person[]): Promise<void> {
  await Promise.all(
    people.map(async (person) => {
      if (!person.page.url().startsWith('http')) await person.open('/c');
      await expect
        .poll(async () => (await person.api<{ head: unknown }>('GET', '/e2ee/identity')).head !== null)
        .toBe(true);
    }),
  );
}

/** Begins to talk by the dialog; with several it becomes a group. Answers the conversation's id. */
export async function beginTalk(first: Person, others: Person[], name?: string): Promise<string> {
  await areReady(first, ...others);
  await first.open('/c');
  await first.button('New conversation').first().click();
  for (const { username } of others) {
    await first.field('Find people').fill(username);
    await first
      .dialog()
      .getByRole('button', { name: new RegExp(`@${username}$`) })
      .first()
      .click();
  }
  if (name) await first.field('Name of the group (optional)').fill(name);
  await first.button(others.length > 1 ? 'Create group' : 'Start conversation').click();
  await expect(first.page).toHaveURL(/\/c\/[\da-f-]{36}/);
  await expect(lock(first)).toHaveAttribute('data-lock', 'encrypted');
  return idIn(first.page.url());
}

export const idIn = (url: string): string => /\/c\/([\da-f-]{36})/.exec(url)?.[1] ?? '';

/** The lock in the header. */
export const lock = ({ page }: Person): Locator => page.locator('[data-lock]');

/** Nowhere in the node's data stands what was said. */
export async function isNowhere(node: SnugNode, ...texts: string[]): Promise<void> {
  for (const entry of await readdir(node.folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('terminals')) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    for (const text of texts) expect(bytes.includes(text), `${text} in ${entry.name}`).toBe(false);
  }
}
