import type { Locator } from '@playwright/test';
import { isAccessible } from '../support/axe';
import { overflow } from '../support/layout';
import type { Person } from '../support/person';
import { makeConversation, makeServer } from '../support/places';
import { expect, PHONE, test } from '../support/test';
import { write, writeLines } from '../support/write';

const pins = (person: Person): Locator =>
  person.page.getByRole('list', { name: 'Pinned messages' }).getByRole('listitem');
const mark = (person: Person, text: string): Locator =>
  person.message(text).getByRole('img', { name: 'Pinned' });

test('pins of a room: one sets them, all find them', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await write(bob, home.roomId, 'The key hangs beside the **window**');
  await writeLines(bob, home.roomId, 90);
  await write(ann, home.roomId, 'Soup at six');
  for (const one of [ann, bob]) {
    await one.open(home.path);
    await one.sees('Soup at six');
    await one.button('Pinned messages').click();
    await expect(one.page.getByText('Nothing is pinned here')).toBeVisible();
  }
  await isAccessible(ann, 'no pins');

  // By the menu; the other sees it at once, and may not do it.
  await ann.choose('Soup at six', 'Pin');
  for (const one of [ann, bob]) {
    await expect(mark(one, 'Soup at six')).toBeVisible();
    await expect(pins(one)).toHaveCount(1);
  }
  await expect(bob.button('Unpin')).toHaveCount(0);
  await bob.message('Soup at six').hover();
  await bob.message('Soup at six').getByRole('button', { name: 'More', exact: true }).click();
  await expect(bob.page.getByRole('menuitem', { name: 'Copy link' })).toBeVisible();
  await expect(bob.page.getByRole('menuitem', { name: /pin/i })).toHaveCount(0);
  await bob.page.keyboard.press('Escape');

  // By key, far back in the history; the newest pin stands first and leads there.
  await ann.button('Jump to date').click();
  await ann.dialog('Jump to date').getByRole('button', { name: 'Jump', exact: true }).click();
  await expect(ann.message('The key hangs')).toBeInViewport();
  await ann.message('The key hangs').focus();
  await ann.page.keyboard.press('p');
  await expect(pins(bob)).toHaveCount(2);
  await expect(pins(bob).first()).toContainText('The key hangs beside the window');
  await isAccessible(ann, 'pins');
  await pins(bob).first().getByRole('button').first().click();
  await expect(bob.message('The key hangs')).toBeInViewport();
  await expect(mark(bob, 'The key hangs')).toBeVisible();

  // A change of the text, a pin taken away, and a deletion arrive in the list.
  await pins(ann)
    .filter({ hasText: 'Soup at six' })
    .getByRole('button', { name: 'Unpin', exact: true })
    .click();
  await expect(pins(bob)).toHaveCount(1);
  const { messages } = await bob.api<{ messages: { id: string }[] }>(
    'GET',
    `/conversations/${home.roomId}/pins`,
  );
  const id = messages[0]?.id;
  await bob.api('PATCH', `/messages/${id}`, { content: { type: 'text', text: 'The key hangs by the door' } });
  await expect(pins(ann).first()).toContainText('by the door');
  await bob.page.reload();
  await expect(bob.log).toBeVisible();
  await bob.button('Pinned messages').click();
  await expect(pins(bob)).toHaveCount(1);
  await bob.api('DELETE', `/messages/${id}`);
  for (const one of [ann, bob]) await expect(one.page.getByText('Nothing is pinned here')).toBeVisible();

  // Escape closes the panel; the members are there again.
  await ann.button('Close').focus();
  await ann.page.keyboard.press('Escape');
  await expect(ann.page.getByRole('complementary', { name: 'Members' })).toBeVisible();
});

test('in private conversations everybody pins, as many as there is room for', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const direct = await makeConversation(ann, [bob]);
  for (let count = 1; count <= 100; count += 1) {
    const { id } = await write(ann, direct, `note ${count}`);
    await ann.api('PUT', `/messages/${id}/pin`);
  }
  await write(ann, direct, 'one too many');
  await bob.open(`/c/${direct}`);
  await bob.sees('one too many');
  await bob.button('Pinned messages').click();
  await expect(pins(bob)).toHaveCount(100);
  await bob.choose('one too many', 'Pin');
  await expect(bob.page.getByText(/100 pinned messages/)).toBeVisible();
  await expect(mark(bob, 'one too many')).toHaveCount(0);
  await pins(bob).first().getByRole('button', { name: 'Unpin', exact: true }).click();
  await expect(pins(bob)).toHaveCount(99);
  await bob.choose('one too many', 'Pin');
  await expect(pins(bob).first()).toContainText('one too many');
});

test('on a phone', async ({ person }) => {
  const ann = await person('ann', PHONE);
  const bob = await person('bob');
  const direct = await makeConversation(ann, [bob]);
  await write(bob, direct, 'The number of the shed is 1742');
  await writeLines(bob, direct, 60);
  await ann.api('POST', `/conversations/${direct}/read`, { seq: 61 });
  await ann.open(`/c/${direct}`);
  await ann.sees('line 60');
  await ann.choose('line 60', 'Pin');
  await expect(mark(ann, 'line 60')).toBeVisible();
  await ann.chooseFrom(ann.button('More'), 'Pinned messages');
  await expect(pins(ann)).toHaveCount(1);
  expect(await overflow(ann)).toEqual([]);
  await isAccessible(ann, 'pins on a phone', '[role="dialog"]');
  await pins(ann).first().getByRole('button').first().click();
  await expect(ann.dialog()).toHaveCount(0);
  await ann.choose('line 60', 'Unpin');
  await expect(mark(ann, 'line 60')).toHaveCount(0);
});
