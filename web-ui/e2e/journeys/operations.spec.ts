import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAccessible } from '../support/axe';
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
  test.use({ settings: { SNUG_BACKUP_FOLDER: folder, SNUG_BACKUP_UNENCRYPTED: 'true' } });

  test('an admin makes a backup, which is restored for a try', async ({ person }, info) => {
    const ann = await person('ann', PHONE);
    await ann.open('/admin/backups');
    await expect(ann.page.getByText('No backup has been made yet.')).toBeVisible();
    await ann.button('Back up now').click();
    await expect(ann.page.getByText('The backup is made.')).toBeVisible();
    await expect(ann.page.getByText('Restored for a try: everything was there.')).toBeVisible();
    await expect(ann.page.getByRole('img', { name: 'Good' }).or(ann.page.getByLabel('Good'))).toBeVisible();
    expect(readdirSync(folder).filter((name) => name.endsWith('.tar.zst'))).toHaveLength(1);
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
