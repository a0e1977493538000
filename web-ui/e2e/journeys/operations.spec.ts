import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestInfo } from '@playwright/test';
import { isAccessible } from '../support/axe';
import type { Person } from '../support/person';
import { portrait } from '../support/picture';
import { expect, PHONE, test } from '../support/test';

const folder = mkdtempSync(join(tmpdir(), 'snug-backups-'));

test('without a place for backups the page says what to do', async ({ person }) => {
  const ann = await person('ann');
  await ann.open('/admin/backups');
  await expect(ann.page.getByText('The node makes no backups by itself.')).toBeVisible();
  await expect(ann.button('Back up now')).toHaveCount(0);
  await isAccessible(ann, 'backups, not configured');
});

test.describe('with a place', () => {
  test.use({
    settings: { SNUG_BACKUP_FOLDER: folder, SNUG_BACKUP_UNENCRYPTED: 'true', SNUG_BACKUP_FULL_EVERY: '4' },
  });

  test('an admin makes a backup, which is restored for a try', async ({ person }, info) => {
    const ann = await person('ann', PHONE);
    await ann.open('/admin/backups');
    await expect(ann.page.getByText('No backup has been made yet.')).toBeVisible();
    await ann.button('Back up now').click();
    await expect(ann.page.getByText('The backup is made.')).toBeVisible();
    await expect(ann.page.getByText('Restored for a try: everything was there.')).toBeVisible();
    await expect(ann.page.getByRole('img', { name: 'Good' }).or(ann.page.getByLabel('Good'))).toBeVisible();
    expect(readdirSync(folder).filter((name) => name.endsWith('.tar.zst'))).toHaveLength(1);
    await expect(ann.page.getByText('One of 4 is whole')).toBeVisible();
    await ann.button('Back up now').click();
    await expect(ann.page.getByText('database and new files')).toBeVisible();
    expect(readdirSync(folder).filter((name) => name.includes('-since-'))).toHaveLength(1);
    await ann.page.screenshot({ path: info.outputPath('backups-phone.png') });
    await isAccessible(ann, 'backups');
    await ann.page.setViewportSize({ width: 1280, height: 800 });
    await ann.page.screenshot({ path: info.outputPath('backups-desktop.png') });
  });
});

test('the check-up tells what is wrong and what to do about it', async ({ person }, info) => {
  const ann = await person('ann', PHONE);
  await ann.open('/admin/checkup');
  await ann.button('Check now').click();
  await expect(ann.page.getByText("The master key opens the instance's keys.")).toBeVisible();
  const backups = ann.page.getByRole('listitem').filter({ hasText: 'The node makes no backups by itself.' });
  await expect(backups).toContainText('Set every_hours');
  // What is to be looked at stands first.
  await expect(ann.page.getByRole('main').getByRole('listitem').first()).toHaveAttribute(
    'data-outcome',
    'warning',
  );
  await ann.page.screenshot({ path: info.outputPath('checkup-phone.png') });
  await isAccessible(ann, 'check-up');
  await ann.page.setViewportSize({ width: 1280, height: 800 });
  await ann.page.screenshot({ path: info.outputPath('checkup-desktop.png') });
});

test('an admin sees what takes space, changes quotas, looks at certificates and settings', async ({
  person,
}, info) => {
  const ann = await person('ann');
  await ann.open('/admin/storage');
  await expect(ann.page.getByRole('list', { name: 'What takes space' })).toContainText('Database (SQLite)');
  await ann.field('Each person').fill('a lot');
  await ann.button('Save changes').click();
  await expect(ann.page.getByText('Must be an amount such as 500MB')).toBeVisible();
  await ann.field('Each person').fill('1.5 GB');
  await ann.button('Save changes').click();
  const people = ann.page.getByRole('list', { name: 'Who stores how much' });
  await expect(people.getByRole('listitem').filter({ hasText: '@ann' })).toContainText('0 byte of 1.5 GB');
  await ann.button('Change the quota of Ann').click();
  await ann.dialog('Quota of @ann').getByLabel('May store').fill('100B');
  await isAccessible(ann, 'a quota', '[role="dialog"]');
  await ann.dialog().getByRole('button', { name: 'Save changes' }).click();
  await expect(people).toContainText('0 byte of 100 byte · no files · own quota');
  await isAccessible(ann, 'storage');
  await photograph(ann, info, 'storage');

  await ann.page.getByRole('link', { name: 'Certificates' }).click();
  await expect(ann.page.getByText('every device has to be told once to trust it')).toBeVisible();
  await ann.button('Renew now: The node’s own').click();
  await expect(ann.page.getByText('The certificate is renewed.')).toBeVisible();
  await isAccessible(ann, 'certificates');
  await photograph(ann, info, 'certificates');

  await ann.page.getByRole('link', { name: 'Configuration' }).click();
  await ann.field('Find a setting').fill('per_person');
  const setting = ann.page.getByRole('main').getByRole('listitem');
  await expect(setting).toHaveCount(1);
  await expect(setting).toContainText('administration');
  await expect(setting).toContainText('Configured, but not used: "1GB"');
  await isAccessible(ann, 'configuration');
  await ann.field('Find a setting').fill('');
  await photograph(ann, info, 'configuration');
  await ann.page.getByRole('link', { name: 'Audit log' }).click();
  const log = ann.page.getByRole('list', { name: 'Audit log' });
  await expect(log).toContainText('Certificate renewed: own');
  await expect(log).toContainText('Quota: 1500MB → 100B');
  await expect(log).toContainText('Each person may store: 1GB → 1500MB');

  // who is over it is told so where it happens
  await ann.open('/settings/profile');
  const file = { name: 'ann.png', mimeType: 'image/png', buffer: portrait(3) };
  await ann.field('Picture file').setInputFiles(file);
  await ann.button('Use picture').click();
  await expect(ann.page.getByText('you have stored 0 B of the 100 B that you may').first()).toBeVisible();
});

/** On a desk and on a phone. */
async function photograph({ page }: Person, info: TestInfo, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded();
  await page.screenshot({ path: info.outputPath(`${name}-desktop.png`) });
  await page.setViewportSize({ width: PHONE.width, height: PHONE.height });
  await page.screenshot({ path: info.outputPath(`${name}-phone.png`) });
  await page.setViewportSize({ width: 1280, height: 800 });
}
