import type { Locator } from '@playwright/test';
import { isAccessible } from '../support/axe';
import { overflow } from '../support/layout';
import type { Person } from '../support/person';
import { makeConversation, makeRoom, makeServer } from '../support/places';
import { expect, PHONE, test } from '../support/test';
import { write, writeLines } from '../support/write';

const panel = (person: Person): Locator => person.page.getByRole('search', { name: 'Search messages' });
const field = (person: Person): Locator => panel(person).getByRole('textbox', { name: 'Search messages' });
const hits = (person: Person): Locator =>
  panel(person).getByRole('list', { name: 'Messages found' }).getByRole('button');

async function searchFor(person: Person, text: string): Promise<void> {
  await field(person).fill(text);
}

test('what was said is found as one types, and gone to', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  const shed = await makeRoom(ann, home, { name: 'shed' });
  const direct = await makeConversation(bob, [ann]);
  await write(bob, home.roomId, 'The blue rope hangs in the boathouse');
  await write(ann, home.roomId, `<@${bob.id}> and the red rope?`);
  await writeLines(bob, home.roomId, 80);
  await write(bob, shed, 'A rope ladder leans on the wall, see https://example.org/ladder');
  await write(ann, direct, 'Bring your own rope');
  await ann.api('POST', `/conversations/${home.roomId}/read`, { seq: 82 });
  await ann.open(home.path);
  await ann.sees('line 80');

  // In this room, by the first letters, without the mouse.
  await ann.page.keyboard.press('Control+f');
  await expect(field(ann)).toBeFocused();
  await field(ann).pressSequentially('rop');
  await expect(hits(ann)).toHaveCount(2);
  await expect(hits(ann).first()).toContainText('@bob and the red rope?');
  await expect(hits(ann).first().locator('mark')).toHaveText(/^rope?$/);
  await isAccessible(ann, 'search with hits');
  await ann.page.keyboard.press('ArrowDown');
  await ann.page.keyboard.press('ArrowDown');
  await expect(hits(ann).nth(1)).toBeFocused();
  await ann.page.keyboard.press('Enter');
  await expect(ann.message('blue rope')).toBeInViewport();
  await expect(hits(ann).nth(1)).toHaveAttribute('aria-current', 'true');
  await ann.page.keyboard.press('ArrowUp');
  await ann.page.keyboard.press('ArrowUp');
  await expect(field(ann)).toBeFocused();

  // In the server, and everywhere: to another room, to a conversation; the panel stays.
  await ann.field('Where to search').selectOption('This server');
  await expect(hits(ann)).toHaveCount(3);
  await expect(hits(ann).first()).toContainText('#shed · Harbour');
  await ann.field('Where to search').selectOption('Everywhere');
  await expect(hits(ann)).toHaveCount(4);
  await expect(hits(ann).first()).toContainText('in Bob');
  await hits(ann).nth(1).click();
  await expect(ann.header).toHaveText('shed');
  await expect(ann.message('rope ladder')).toBeInViewport();
  await expect(hits(ann).nth(1)).toBeFocused();
  await ann.page.keyboard.press('ArrowUp');
  await ann.page.keyboard.press('Enter');
  await expect(ann.header).toHaveText('Bob');
  await expect(ann.message('Bring your own rope')).toBeInViewport();
  await expect(hits(ann).first()).toBeFocused();

  // The best match first.
  await ann.field('Order').selectOption('Best match first');
  await expect(hits(ann)).toHaveCount(4);

  // What is deleted meanwhile is not there any more.
  await ann.page.keyboard.press('Escape');
  await expect(panel(ann)).toHaveCount(0);
  await ann.button('Search messages').click();
  await expect(hits(ann)).toHaveCount(4);
  const { messages } = await bob.api<{ messages: { id: string }[] }>(
    'GET',
    `/conversations/${shed}/messages`,
  );
  await bob.api('DELETE', `/messages/${messages[0]?.id}`);
  await expect(hits(ann)).toHaveCount(3);
});

test('the search opens from the switcher, and gives the focus back', async ({ person }) => {
  const ann = await person('ann');
  const home = await makeServer('Harbour', ann);
  await ann.open(home.path);
  await ann.composer.click();
  for (let time = 1; time <= 2; time += 1) {
    await ann.page.keyboard.press('Control+k');
    await ann.page.getByRole('combobox', { name: 'Room, person or command' }).fill('>search');
    await ann.page.keyboard.press('Enter');
    await expect(panel(ann)).toBeVisible();
    await ann.page.waitForTimeout(300);
    await expect(field(ann)).toBeFocused();
    await ann.page.keyboard.press('Escape');
    await expect(panel(ann)).toHaveCount(0);
    await expect(ann.composer).toBeFocused();
  }
});

test('filters, mistakes, and nothing found', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await write(ann, home.roomId, 'The tide tables are here: https://example.org/tides');
  await write(bob, home.roomId, 'Thanks for the tide tables');
  const other = await makeRoom(ann, home, { name: 'other' });
  await ann.open(home.path);
  await ann.sees('Thanks for');
  await ann.button('Search messages').click();
  await expect(panel(ann).getByText('What you can write')).toBeVisible();
  await isAccessible(ann, 'search before anything is written');

  await panel(ann).getByRole('button', { name: 'from:', exact: true }).click();
  await expect(field(ann)).toHaveValue('from:');
  await field(ann).pressSequentially('bo');
  await ann.page.keyboard.press('ArrowDown');
  await ann.page.keyboard.press('Enter');
  await expect(field(ann)).toHaveValue('from:bob ');
  await expect(hits(ann)).toHaveCount(1);
  await expect(hits(ann).first()).toContainText('Thanks for the tide tables');

  await searchFor(ann, 'tide ');
  await expect(hits(ann)).toHaveCount(2);
  await panel(ann).getByRole('button', { name: 'has:link', exact: true }).click();
  await expect(field(ann)).toHaveValue('tide has:link ');
  await expect(hits(ann)).toHaveCount(1);

  await panel(ann).getByRole('button', { name: 'Clear the search' }).click();
  await panel(ann).getByRole('button', { name: 'before:', exact: true }).click();
  await panel(ann).getByRole('button', { name: /Today/ }).click();
  await expect(field(ann)).toHaveValue(/^before:\d{4}-\d\d-\d\d $/);
  await field(ann).pressSequentially('tide');
  await expect(panel(ann).getByText('Nothing found', { exact: true })).toBeVisible();

  await searchFor(ann, 'before:soon tide');
  await field(ann).press('Enter');
  await expect(panel(ann).getByRole('alert')).toBeVisible();
  await expect(field(ann)).toHaveAttribute('aria-invalid', 'true');
  await isAccessible(ann, 'search with a mistake');

  // Nothing here, but elsewhere.
  await ann.enter('other');
  await searchFor(ann, 'tide');
  await expect(panel(ann).getByText('Nothing found', { exact: true })).toBeVisible();
  await isAccessible(ann, 'nothing found');
  await ann.button('Search everywhere').click();
  await expect(hits(ann)).toHaveCount(2);
  expect(other).toBeTruthy();
});

test('many pages, and a connection that comes and goes', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await writeLines(bob, home.roomId, 70);
  await ann.open(home.path);
  await ann.sees('line 70');
  await ann.page.keyboard.press('Control+f');
  await searchFor(ann, 'line');
  await expect(panel(ann).getByText('More than 25 messages').first()).toBeVisible();
  await expect(hits(ann).first()).toContainText('line 70');
  await expect
    .poll(async () => {
      await hits(ann).last().scrollIntoViewIfNeeded();
      return hits(ann).count();
    })
    .toBe(70);
  await expect(hits(ann).last()).toContainText('line 1');
  await expect(panel(ann).getByText('70 messages')).toBeVisible();

  ann.watch.isCut = true;
  await ann.page.context().setOffline(true);
  await searchFor(ann, 'line 7');
  await expect(panel(ann).getByText('The search did not work')).toBeVisible();
  await isAccessible(ann, 'search without a connection');
  await ann.page.context().setOffline(false);
  await expect(hits(ann)).toHaveCount(1, { timeout: 30_000 });
  await expect(hits(ann)).toContainText('line 7');
});

test('on a phone the search covers the screen, and makes way for the message', async ({ person }) => {
  const ann = await person('ann', PHONE);
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await write(bob, home.roomId, 'The blue rope hangs in the boathouse');
  await writeLines(bob, home.roomId, 60);
  await ann.open(home.path);
  await ann.sees('line 60');
  await ann.button('Search messages').click();
  await expect(ann.dialog('Search')).toBeVisible();
  await searchFor(ann, 'rope');
  await expect(hits(ann)).toHaveCount(1);
  expect(await overflow(ann)).toEqual([]);
  await isAccessible(ann, 'search on a phone', '[role="dialog"]');
  await hits(ann).first().click();
  await expect(ann.dialog()).toHaveCount(0);
  await expect(ann.message('blue rope')).toBeInViewport();
  await ann.button('Search messages').click();
  await expect(field(ann)).toHaveValue('rope');
  await expect(hits(ann)).toHaveCount(1);
});
