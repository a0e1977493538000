import type { Person } from '../support/person';
import { makeConversation, makeRoom, makeServer } from '../support/places';
import { expect, test } from '../support/test';
import { write } from '../support/write';

/** Whatever a first visit sets up is done: nothing is asked any more. */
async function isQuiet({ page }: Person): Promise<void> {
  let last = Date.now();
  page.on('request', () => {
    last = Date.now();
  });
  await expect.poll(() => Date.now() - last, { timeout: 20_000 }).toBeGreaterThan(1_500);
}

/** The calls of the API that the page makes from now on, without their ids. */
function calls(person: Person): string[] {
  const made: string[] = [];
  person.page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith('/api/v1/') || pathname.endsWith('/socket')) return;
    made.push(`${request.method()} ${pathname.replace('/api/v1', '').replaceAll(/[0-9a-f-]{36}/g, '…')}`);
  });
  return made;
}

test('a conversation opens with one request', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const cem = await person('cem');
  const home = await makeServer('Harbour', ann, bob);
  const other = await makeServer('Book circle', bob, ann, cem);
  const hidden = await makeRoom(bob, other, { name: 'keys', is_private: true });
  await bob.api('PUT', `/rooms/${hidden}/members/${ann.id}`);
  const direct = await makeConversation(bob, [ann]);
  await write(bob, home.roomId, 'in the harbour');
  await write(cem, other.roomId, `in the circle, <@${bob.id}>`);
  await write(bob, hidden, 'behind the door');
  await write(bob, direct, 'between us');
  await bob.open('/c');

  await ann.open(home.path);
  await ann.sees('in the harbour');
  const members = ann.page.getByRole('complementary', { name: 'Members' });
  await expect(members.getByText('Bob', { exact: true })).toBeVisible();
  await expect(members.getByText('Here · 2')).toBeVisible();

  await isQuiet(ann);

  // Another server: its messages, its members, and which of them are there.
  const made = calls(ann);
  await ann.rail.getByRole('link', { name: /^Book circle/ }).click();
  await ann.sees('in the circle');
  await expect(members.getByText('Here · 2')).toBeVisible();
  await expect(members.getByText('Cem', { exact: true })).toBeVisible();
  await ann.page.waitForTimeout(500);
  expect(made).toEqual(['GET /conversations/…/view']);

  // A private room has people of its own.
  await ann.enter('keys');
  await ann.sees('behind the door');
  await expect(members.getByText('Cem', { exact: true })).toHaveCount(0);
  await expect(members.getByText('Bob', { exact: true })).toBeVisible();
  await ann.page.waitForTimeout(500);
  expect(made).toEqual(Array(2).fill('GET /conversations/…/view'));

  await ann.rail.getByRole('link', { name: /^Conversations/ }).click();
  await ann.conversations.getByRole('link', { name: /Bob/ }).click();
  await ann.sees('between us');
  await expect(ann.page.getByRole('main').getByText('Online', { exact: true })).toBeVisible();
  await ann.page.waitForTimeout(500);
  expect(made).toEqual(Array(3).fill('GET /conversations/…/view'));

  // Seen before: nothing is asked.
  await ann.rail.getByRole('link', { name: /^Harbour/ }).click();
  await ann.sees('in the harbour');
  await ann.page.waitForTimeout(500);
  expect(made.filter((call) => /view|messages/.test(call))).toHaveLength(3);
});
