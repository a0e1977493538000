// A browser that loses its keys, and how it gets them again.
import type { Locator } from '@playwright/test';
import type { Person } from './person';
import { expect } from './test';

/** The browser clears the page's data, as browsers may; the session stays, in its cookie. */
export async function loseKeys({ page }: Person): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb,local_storage' });
  await devtools.detach();
  await page.reload();
}

/** Goes to where one unlocks, from the line that says that one has to. */
export async function goUnlock(person: Person): Promise<void> {
  await person.button('Unlock').first().click();
  await expect(person.page.getByRole('heading', { name: 'Unlock your encrypted messages' })).toBeVisible();
}

export async function isIn(person: Person): Promise<void> {
  await expect(
    person.page.getByRole('heading', { name: 'Devices that read your encrypted messages' }),
  ).toBeVisible();
}

/** The words of the settings' dialog, kept. */
export async function makeWords(person: Person, password?: string): Promise<string[]> {
  await person.open('/settings/privacy');
  await person.button('Get words').last().click();
  const dialog = person.dialog('Recovery words');
  await dialog.getByRole('button', { name: 'Show the words' }).click();
  const items = dialog.getByRole('list', { name: 'Your twelve words' }).getByRole('listitem');
  await expect(items).toHaveCount(12);
  const words = (await items.allInnerTexts()).map((text) => text.replace(/^\d+\s*/, '').trim());
  await dialog.getByRole('button', { name: 'I have written them down' }).click();
  for (const field of await dialog.getByLabel(/^Word \d+$/).all()) {
    await field.fill(words[(await placeOf(field)) - 1] ?? '');
  }
  await dialog.getByRole('button', { name: 'Keep these words' }).click();
  if (password) {
    await dialog.getByLabel('Password', { exact: true }).fill(password);
    await dialog.getByRole('button', { name: 'Keep these words' }).click();
  }
  await expect(dialog.getByText(/^Done\./)).toBeVisible();
  await person.page.keyboard.press('Escape');
  return words;
}

async function placeOf(field: Locator): Promise<number> {
  const label = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent ?? '');
  return Number(/\d+/.exec(label)?.[0]);
}
