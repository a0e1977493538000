import { overflow } from '../support/layout';
import { makeLively } from '../support/lively';
import type { Person } from '../support/person';
import { expect, test } from '../support/test';
import { write } from '../support/write';

const WIDTHS = [320, 390, 768, 1280, 1920];

test('nothing reaches out of the window at any width', async ({ stranger, person }) => {
  const people = await Promise.all(['ann', 'bob', 'cem', 'dina', 'eli'].map((name) => person(name)));
  const [ann, bob, cem, dina, eli] = people as [Person, Person, Person, Person, Person];
  const { home, direct, group } = await makeLively([ann, bob, cem, dina, eli]);
  await write(bob, home.roomId, `${'a'.repeat(300)} https://example.org/${'path/'.repeat(40)}`);
  const { id } = await write(
    bob,
    home.roomId,
    `| a wide | table | of words |\n|---|---|---|\n| ${'long '.repeat(30)} | ${'b'.repeat(90)} | c |`,
  );
  await write(cem, home.roomId, `\`\`\`\n${'code '.repeat(60)}\n\`\`\``);
  await ann.api('PATCH', '/users/me', {
    display_name: 'A person with a name that is as long as names may become',
  });

  const atAllWidths = async (person: Person, what: string) => {
    for (const width of WIDTHS) {
      await person.page.setViewportSize({ width, height: 720 });
      await expect.poll(() => overflow(person), { message: `${what} at ${width} px` }).toEqual([]);
    }
  };
  const look = async (person: Person, path: string) => {
    await person.page.goto(path);
    await expect(person.page.getByRole('main').or(person.page.getByRole('navigation')).first()).toBeVisible();
    await expect(person.page.locator('[aria-busy="true"]')).toHaveCount(0);
    await atAllWidths(person, path);
  };
  for (const path of [
    home.path,
    `/s/${home.serverId}`,
    `/c/${direct}`,
    `/c/${group}`,
    '/c',
    '/settings/profile',
    '/settings/appearance',
    '/settings/shortcuts',
    `/s/${home.serverId}/settings/members`,
    `/s/${home.serverId}/settings/rooms`,
    '/admin/users',
    '/admin/audit',
    '/admin/analytics',
  ]) {
    await look(ann, path);
  }
  await ann.api('PUT', `/messages/${id}/pin`);
  await ann.page.goto(home.path);
  await ann.button('Pinned messages').click();
  await expect(ann.page.getByRole('list', { name: 'Pinned messages' })).toContainText('a wide');
  await atAllWidths(ann, 'pins');
  await ann.button('Search messages').click();
  await ann.page.getByRole('textbox', { name: 'Search messages' }).fill('long');
  await expect(ann.page.getByRole('list', { name: 'Messages found' })).toContainText('a wide');
  await atAllWidths(ann, 'search');
  const nobody = await stranger();
  for (const path of ['/sign-in', '/register', '/trust', '/api/docs']) await look(nobody, path);
});
