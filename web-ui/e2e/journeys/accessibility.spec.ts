import { isAccessible } from '../support/axe';
import { makeLively } from '../support/lively';
import type { Person } from '../support/person';
import { makeServer } from '../support/places';
import { expect, PHONE, test } from '../support/test';

const DIALOG = '[role="dialog"]';

type Screen = [name: string, path: string, heading: string | RegExp];

async function check(person: Person, screens: Screen[]): Promise<void> {
  for (const [name, path, heading] of screens) {
    await person.page.goto(path);
    await expect(person.page.getByRole('heading', { name: heading }).first()).toBeVisible();
    await expect(person.page.locator('[aria-busy="true"]')).toHaveCount(0);
    await isAccessible(person, name);
  }
}

test('pages for those who are not signed in', async ({ node, stranger, person }) => {
  const setup = node.setupUrl ?? '';
  const nobody = await stranger();
  await check(nobody, [
    ['set-up', setup, 'Set up Snug'],
    ['sign-in before the set-up', '/sign-in', 'Sign in'],
  ]);
  const ann = await person('ann');
  const home = await makeServer('Harbour', ann);
  const { url } = await ann.api<{ url: string }>('POST', `/admin/users/${ann.id}/reset-link`);
  const { code } = await ann.api<{ code: string }>('POST', `/servers/${home.serverId}/invites`, {});
  await check(nobody, [
    ['sign-in', '/sign-in', 'Sign in'],
    ['register', '/register', 'Create an account'],
    ['reset', url, 'Set a new password'],
    ['used-up link', '/reset/nothing', 'Set a new password'],
    ['invitation', `/invite/${code}`, 'You are invited'],
    ['trust', '/trust', /trust/i],
    ['API', '/api/docs', /API/],
  ]);
  await nobody.page.goto('/sign-in');
  await nobody.button('Sign in').click();
  await isAccessible(nobody, 'sign-in with mistakes');
});

test('the chat', async ({ person }) => {
  const people = await Promise.all(['ann', 'bob', 'cem', 'dina', 'eli'].map((name) => person(name)));
  const [ann, bob, cem, dina, eli] = people as [Person, Person, Person, Person, Person];
  const { home, direct, group } = await makeLively([ann, bob, cem, dina, eli]);
  const { id } = await ann.api<{ id: string }>('POST', '/rooms', { server_id: home.serverId, name: 'empty' });
  await check(ann, [
    ['room', home.path, 'general'],
    ['empty room', `/s/${home.serverId}/${id}`, 'empty'],
    ['direct conversation', `/c/${direct}`, 'Bob'],
    ['group', `/c/${group}`, 'Summer party'],
    ['conversations', '/c', 'Conversations'],
    ['no such room', `/s/${home.serverId}/${direct}`, 'There is no such room'],
  ]);
});

test('menus and dialogs of the chat', async ({ person }) => {
  const people = await Promise.all(['ann', 'bob', 'cem', 'dina', 'eli'].map((name) => person(name)));
  const [ann, bob, cem, dina, eli] = people as [Person, Person, Person, Person, Person];
  const { home } = await makeLively([ann, bob, cem, dina, eli]);
  await ann.open(home.path);
  await ann.message('fish soup').hover();
  await isAccessible(ann, 'toolbar of a message');
  await ann.message('fish soup').getByRole('button', { name: 'More', exact: true }).click();
  await isAccessible(ann, 'menu of a message', '[role="menu"]');
  await ann.page.keyboard.press('Escape');
  await ann.choose('fish soup', 'Reply');
  await ann.type('@');
  await expect(ann.page.getByRole('listbox', { name: 'Suggestions' })).toBeVisible();
  await isAccessible(ann, 'reply and suggestions');
  await ann.page.keyboard.press('Escape');
  await ann.composer.fill('');
  await ann.button('Emoji').click();
  await expect(ann.dialog('Emoji').getByRole('gridcell').first()).toBeVisible();
  await isAccessible(ann, 'emoji picker', DIALOG);
  await ann.page.keyboard.press('Escape');
  await ann.message('tide readings').getByRole('button', { name: 'Bob' }).first().click();
  await expect(ann.dialog('Profile')).toContainText('Mending nets');
  await isAccessible(ann, 'profile card', DIALOG);
  await ann.page.keyboard.press('Escape');
  for (const [command, dialog] of [
    ['Go to…', 'Go to…'],
    ['Keyboard shortcuts', 'Keyboard shortcuts'],
    ['New conversation', 'New conversation'],
    ['Create or join a server', 'Add a server'],
    ['Jump to date', 'Jump to date'],
  ] as const) {
    await ann.page.keyboard.press('Control+k');
    if (command !== 'Go to…') {
      await ann.page.getByRole('combobox', { name: 'Room, person or command' }).fill(`>${command}`);
      await ann.page.keyboard.press('Enter');
    }
    await expect(ann.dialog(dialog)).toBeVisible();
    await isAccessible(ann, dialog, DIALOG);
    await ann.page.keyboard.press('Escape');
    await expect(ann.dialog()).toHaveCount(0);
  }
  await ann.chooseFrom(ann.button('Harbour'), 'Invite people');
  await isAccessible(ann, 'invite people', DIALOG);
  await ann.page.keyboard.press('Escape');
  await ann.chooseFrom(ann.button('Harbour'), 'New room');
  await isAccessible(ann, 'new room', DIALOG);
});

test('settings and administration', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  const settings = `/s/${home.serverId}/settings`;
  await check(ann, [
    ['profile', '/settings/profile', 'Profile'],
    ['account', '/settings/account', 'Account'],
    ['devices', '/settings/sessions', 'Sign-ins'],
    ['appearance', '/settings/appearance', 'Appearance'],
    ['keyboard', '/settings/shortcuts', 'Keyboard'],
    ['server', `${settings}/overview`, 'Overview'],
    ['access code', `${settings}/code`, 'Access code'],
    ['invites', `${settings}/invites`, 'Invites'],
    ['members', `${settings}/members`, 'Members'],
    ['roles', `${settings}/roles`, 'Roles'],
    ['rooms', `${settings}/rooms`, 'Rooms'],
    ['danger zone', `${settings}/danger`, 'Danger zone'],
    ['users', '/admin/users', 'Users'],
    ['instance invites', '/admin/invites', 'Invites'],
    ['backups', '/admin/backups', 'Backups'],
    ['check-up', '/admin/checkup', 'Check-up'],
    ['servers', '/admin/servers', 'Servers'],
    ['security events', '/admin/security', 'Security events'],
    ['audit log', '/admin/audit', 'Audit log'],
    ['analytics', '/admin/analytics', 'Analytics'],
    ['jobs', '/admin/jobs', 'Jobs'],
    ['errors', '/admin/errors', 'Errors'],
    ['instance', '/admin/settings', 'Instance'],
  ]);
});

test('on a phone', async ({ person }) => {
  const ann = await person('ann', PHONE);
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await check(ann, [
    ['conversations, none yet', '/c', 'Conversations'],
    ['room', home.path, 'general'],
  ]);
  await ann.open(`/s/${home.serverId}`);
  await expect(ann.rooms).toBeVisible();
  await isAccessible(ann, 'rooms');
  await ann.enter('general');
  await ann.button('Members').click();
  await expect(ann.dialog('Members').getByText('Bob')).toBeVisible();
  await isAccessible(ann, 'members', DIALOG);
});
