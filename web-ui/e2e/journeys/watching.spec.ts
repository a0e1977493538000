// What administrators are told of the node, and what people are told of their own account.
import { isAccessible } from '../support/axe';
import { makeServer } from '../support/places';
import { expect, PHONE, test } from '../support/test';

test('the audit log shows what an admin did, and the person sees it among their own', async ({
  person,
}, info) => {
  const ann = await person('ann');
  const bob = await person('bob');
  await ann.open('/admin/users');
  await ann.chooseFrom(ann.button('What to do with Bob'), 'Moderator');
  await expect(
    ann.page.getByRole('listitem').filter({ hasText: '@bob' }).getByText('Moderator'),
  ).toBeVisible();
  await ann.page.getByRole('link', { name: 'Audit log' }).click();
  const log = ann.page.getByRole('list', { name: 'Audit log' });
  const line = log.getByRole('listitem').filter({ hasText: '@bob' });
  await expect(line).toContainText('Role changed: @bob');
  await expect(line).toContainText('by @ann · from 127.0.0.1');
  await expect(line).toContainText('Role: user → moderator');
  await ann.page.screenshot({ path: info.outputPath('audit-desktop.png') });
  await ann.page.emulateMedia({ colorScheme: 'dark' });
  await ann.page.screenshot({ path: info.outputPath('audit-desktop-dark.png') });
  await ann.page.emulateMedia({ colorScheme: 'light' });

  await ann.field('What').selectOption('Settings changed');
  await expect(ann.page.getByText('Nothing here matches.')).toBeVisible();
  await ann.field('What').selectOption('Everything');
  await ann.field('Who').fill('nobody-of-this-name');
  await expect(ann.page.getByText('Nobody has this username.')).toBeVisible();
  await ann.field('Who').fill('bob');
  await expect(log.getByRole('listitem')).toHaveCount(1);
  const download = ann.page.waitForEvent('download');
  await ann.button('Save as CSV').click();
  expect((await download).suggestedFilename()).toBe('admin.csv');

  await bob.open('/settings/sessions');
  const activity = bob.page.getByRole('list', { name: 'Recent activity' });
  await expect(activity).toContainText('Role changed');
  await expect(activity).toContainText('Account registered');
  await expect(activity).not.toContainText('ann');
  await isAccessible(bob, 'recent activity');
  await bob.page.screenshot({ path: info.outputPath('activity-desktop.png'), fullPage: true });
});

test('ending a session signs that browser out', async ({ person }, info) => {
  const ann = await person('ann');
  const bob = await person('bob');
  await bob.open('/settings/profile');
  await ann.open('/admin/users');
  await ann.chooseFrom(ann.button('What to do with Bob'), 'Devices');
  const dialog = ann.dialog('Devices of @bob');
  await expect(dialog.getByText('Journey')).toBeVisible();
  await isAccessible(ann, 'devices of somebody', '[role="dialog"]');
  await ann.page.screenshot({ path: info.outputPath('devices.png') });
  await dialog.getByRole('button', { name: 'Sign out Journey' }).click();
  await expect(dialog.getByText('Signed in nowhere.')).toBeVisible();
  await expect(bob.page).toHaveURL(/\/sign-in/);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await ann.page.getByRole('link', { name: 'Security events' }).click();
  await expect(ann.page.getByRole('list', { name: 'Security events' })).toContainText(
    'Signed out by an administrator',
  );
});

test('a chart shows what was said, to the eye, the keyboard and as a table', async ({ person }, info) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  for (let n = 0; n < 9; n++) {
    await ann.api('POST', '/messages', {
      id: crypto.randomUUID().replace(/^(.{14})4/, '$17'),
      conversation_id: home.roomId,
      content: { type: 'text', text: `number ${n}` },
    });
  }
  await ann.api('POST', '/admin/jobs/analytics/run');
  await expect
    .poll(async () => {
      const view = await ann.api<{ series: { name: string; values: (number | null)[] }[] }>(
        'GET',
        '/admin/analytics?hours=3',
      );
      const messages = view.series.find(({ name }) => name === 'messages')?.values ?? [];
      return messages.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    })
    .toBe(9);
  await ann.open('/admin/analytics');
  await ann.field('Time').selectOption('The last 3 hours');
  const chart = ann.page.getByRole('figure', { name: 'Messages' });
  const slider = chart.getByRole('slider');
  await slider.focus();
  await slider.press('End');
  await expect(slider).toHaveAttribute('aria-valuetext', /stored (\d|–)/);
  await slider.press('Home');
  await expect(slider).toHaveAttribute('aria-valuenow', '0');
  await chart.getByText('As a table').click();
  await expect(chart.getByRole('table')).toContainText('9');
  await isAccessible(ann, 'charts');
  await ann.page.screenshot({ path: info.outputPath('analytics-desktop.png'), fullPage: true });
  for (const section of ['jobs', 'errors', 'security']) {
    await ann.open(`/admin/${section}`);
    await ann.page.waitForLoadState('networkidle');
    await ann.page.screenshot({ path: info.outputPath(`${section}-desktop.png`) });
  }
});

test('on a phone the sections are a list', async ({ person }, info) => {
  const ann = await person('ann', PHONE);
  await ann.open('/admin/users');
  await ann.page.getByRole('combobox', { name: 'Administration' }).selectOption('Jobs');
  await expect(ann.header).toHaveText('Jobs');
  await expect(ann.page.getByRole('list', { name: 'Jobs' })).toContainText('backup');
  await ann.page.screenshot({ path: info.outputPath('jobs-phone.png') });
  await ann.page.getByRole('combobox', { name: 'Administration' }).selectOption('Analytics');
  await expect(ann.page.getByRole('figure', { name: 'Messages' })).toBeVisible();
  await ann.page.screenshot({ path: info.outputPath('analytics-phone.png') });
  await ann.page.getByRole('combobox', { name: 'Administration' }).selectOption('Audit log');
  await expect(ann.header).toHaveText('Audit log');
  await ann.page.screenshot({ path: info.outputPath('audit-phone.png') });
  await isAccessible(ann, 'audit log on a phone');
  await ann.page.emulateMedia({ colorScheme: 'dark' });
  await ann.page.screenshot({ path: info.outputPath('audit-phone-dark.png') });
});

test('an admin gives a server to another owner and deletes it', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  await makeServer('Harbour', ann, bob);
  await ann.open('/admin/servers');
  const line = ann.page
    .getByRole('list', { name: 'Servers' })
    .getByRole('listitem')
    .filter({ hasText: 'Harbour' });
  await expect(line).toContainText('@ann · 2 members');
  await ann.chooseFrom(ann.button('What to do with Harbour'), 'Give to another owner');
  const dialog = ann.dialog('Give Harbour to another owner');
  await dialog.getByLabel('Who').fill('bob');
  await isAccessible(ann, 'giving a server away', '[role="dialog"]');
  await dialog.getByRole('button', { name: 'Give the server' }).click();
  await expect(line).toContainText('@bob · 2 members');
  await ann.chooseFrom(ann.button('What to do with Harbour'), 'Delete the server');
  await ann.dialog().getByRole('textbox').fill('Harbour');
  await ann.dialog().getByRole('button', { name: 'Delete the server' }).click();
  await expect(ann.page.getByText('No server matches.')).toBeVisible();
});
