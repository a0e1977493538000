// Pictures of the main screens, for people to look at. They go to artifacts/screens/.
import { mkdir } from 'node:fs/promises';
import { makeLively } from '../support/lively';
import type { Person } from '../support/person';
import { expect, PHONE, test } from '../support/test';

const FOLDER = '../artifacts/screens';
const NAMES = [
  ['ann', 'Ann Berg'],
  ['bob', 'Bob Lind'],
  ['cem', 'Cem Aydın'],
  ['dina', 'Dina Moreau'],
  ['eli', 'Eli Okafor'],
] as const;

test('pictures of the main screens', async ({ node, person, stranger }) => {
  await mkdir(FOLDER, { recursive: true });
  const nobody = await stranger();
  const phone = await stranger(PHONE);
  const shoot = async (who: Person, name: string) => {
    await expect(who.page.locator('[aria-busy="true"]')).toHaveCount(0);
    for (const theme of ['light', 'dark'] as const) {
      await who.wears(theme);
      await who.page.screenshot({ path: `${FOLDER}/${name}-${theme}.png`, animations: 'disabled' });
    }
    await who.wears('light');
  };

  await nobody.open(node.setupUrl ?? '');
  await expect(nobody.field('Username')).toBeVisible();
  await shoot(nobody, 'set-up');
  const people = await Promise.all(NAMES.map(([username, name]) => person(username, { name, height: 860 })));
  const [ann, bob, cem, dina, eli] = people as [Person, Person, Person, Person, Person];
  await nobody.open('/sign-in');
  await shoot(nobody, 'sign-in');
  await ann.open('/c');
  await shoot(ann, 'empty-home');

  const { home, direct, group } = await makeLively([ann, bob, cem, dina, eli]);
  for (const other of [bob, cem, dina]) await other.open(home.path);
  await dina.chooseOwn('Do not disturb');
  await cem.chooseOwn('Idle');
  await ann.open(home.path);
  await ann.sees('fish soup');
  await ann.isLive();
  await bob.isLive();
  await bob.type('I will be there');
  await expect(ann.page.getByText('Bob Lind is typing')).toBeVisible();
  await ann.page.mouse.move(0, 0);
  await shoot(ann, 'room');

  const desktop = async (path: string, name: string) => {
    await ann.open(path);
    await shoot(ann, name);
  };
  await desktop(`/c/${direct}`, 'direct');
  await desktop(`/c/${group}`, 'group');
  await desktop('/settings/profile', 'settings-profile');
  await desktop('/settings/sessions', 'settings-devices');
  await desktop(`/s/${home.serverId}/settings/rooms`, 'server-rooms');
  await desktop(`/s/${home.serverId}/settings/members`, 'server-members');
  await desktop('/admin/users', 'admin-users');
  await desktop('/trust', 'trust');
  await ann.open(home.path);
  await ann.page.keyboard.press('Control+k');
  await expect(ann.dialog('Go to…')).toBeVisible();
  await shoot(ann, 'switcher');
  await ann.page.keyboard.press('Escape');
  await ann.message('fish soup').hover();
  await ann.message('fish soup').getByRole('button', { name: 'More', exact: true }).click();
  await shoot(ann, 'message-menu');
  await ann.page.keyboard.press('Escape');
  await ann.choose('fish soup', 'Pin');
  await ann.choose('tide readings', 'Pin');
  await ann.button('Pinned messages').click();
  await expect(ann.page.getByRole('list', { name: 'Pinned messages' }).getByRole('listitem')).toHaveCount(2);
  await shoot(ann, 'pins');
  const search = async (who: Person, name: string) => {
    await who.button('Search messages').click();
    await who.page.getByRole('textbox', { name: 'Search messages' }).fill('the');
    await who.field('Where to search').selectOption('Everywhere');
    await expect(who.page.getByRole('list', { name: 'Messages found' })).toContainText('Harbour');
    await shoot(who, name);
  };
  await search(ann, 'search');

  await phone.open('/sign-in');
  await shoot(phone, 'phone-sign-in');
  const small = await person('fay', { ...PHONE, name: 'Fay Novak' });
  await small.open('/c');
  await shoot(small, 'phone-empty-home');
  await small.api('POST', '/servers/join', { code: home.accessCode });
  await small.open(`/s/${home.serverId}`);
  await expect(small.rooms).toBeVisible();
  await shoot(small, 'phone-rooms');
  await small.enter('general');
  await small.sees('fish soup');
  await shoot(small, 'phone-room');
  await small.choose('fish soup', 'Reply');
  await shoot(small, 'phone-reply');
  await search(small, 'phone-search');
  await small.open('/settings/profile');
  await shoot(small, 'phone-settings');
});
