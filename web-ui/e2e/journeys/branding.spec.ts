// How an instance looks: what an admin chooses, a newcomer sees.
import { mkdir } from 'node:fs/promises';
import { PASSWORD } from '../support/account';
import { isAccessible } from '../support/axe';
import { portrait } from '../support/picture';
import { makeServer } from '../support/places';
import { expect, PHONE, test } from '../support/test';

const FOLDER = '../artifacts/screens';

test('an instance gets its own look, and a newcomer agrees to its rules', async ({ person, stranger }) => {
  await mkdir(FOLDER, { recursive: true });
  const ann = await person('ann');
  const home = await makeServer('Harbour', ann);
  const shows = async (name: string, who = ann) => {
    await who.page.screenshot({ path: `${FOLDER}/branding-${name}.png`, animations: 'disabled' });
  };

  await ann.open('/admin/branding');
  await ann.field('Name of the instance').fill('Herring Club');
  await ann.button('Save name').click();
  await expect(ann.page.getByText('Name saved.')).toBeVisible();
  await ann.field('Colour').fill('#8a1c5c');
  await expect(ann.page.getByText(/^Contrast: .* on buttons/).first()).toBeVisible();
  await ann.button('Save colours').click();
  await expect(ann.page.getByText('Colours saved.')).toBeVisible();
  await ann.page.getByRole('textbox', { name: 'Welcome' }).fill('Welcome to the **herring club**.');
  await ann.button('Welcome: preview').click();
  await expect(ann.page.getByText('herring club', { exact: true })).toBeVisible();
  await ann.button('Welcome: save').click();
  await expect(ann.page.getByText('Welcome: saved.')).toBeVisible();
  await ann.page.getByRole('textbox', { name: 'Rules' }).fill('1. Be kind.\n2. No cats.');
  await ann.button('Rules: save').click();
  await expect(ann.page.getByText('Rules: saved.')).toBeVisible();
  const emoji = (name: string, seed: number) => ({ name, mimeType: 'image/png', buffer: portrait(seed) });
  await ann.page
    .getByLabel('Files of emoji')
    .setInputFiles([emoji('Red Herring.png', 1), emoji('boat.png', 3)]);
  await expect(ann.page.getByText(':boat:', { exact: true })).toBeVisible();
  await expect(ann.page.getByText(':red_herring:', { exact: true })).toBeVisible();
  await ann.page
    .getByLabel('Picture file')
    .setInputFiles({ name: 'icon.png', mimeType: 'image/png', buffer: await largePicture(ann.page) });
  await ann.dialog().getByRole('button', { name: 'Use picture' }).click();
  await expect(ann.button('Icon: take the choice back')).toBeVisible();
  await isAccessible(ann, 'branding');
  await shows('admin-emoji');
  await ann.field('Name of the instance').scrollIntoViewIfNeeded();
  await shows('admin');
  await ann.wears('dark');
  await shows('admin-dark');
  await ann.wears('light');

  const bob = await stranger(PHONE);
  await bob.open('/register');
  await expect(bob.page.getByText('herring club', { exact: true })).toBeVisible();
  await expect(bob.page.getByText('Herring Club', { exact: true })).toBeVisible();
  await bob.field('Username').fill('bob');
  await bob.field('Password').fill(PASSWORD);
  await bob.button('Create account').click();
  await expect(bob.page.getByText('Read the rules and agree to them.')).toBeVisible();
  await isAccessible(bob, 'register with rules');
  await shows('register', bob);
  const [rules] = await Promise.all([
    bob.page.context().waitForEvent('page'),
    bob.page.getByRole('link', { name: 'rules' }).click(),
  ]);
  await expect(rules.getByText('No cats.')).toBeVisible();
  await rules.screenshot({ path: `${FOLDER}/branding-rules.png`, animations: 'disabled' });
  await rules.close();
  await bob.page.getByRole('checkbox', { name: 'I agree to the rules' }).check();
  await bob.button('Create account').click();
  await expect(bob.page.getByText('No conversations yet')).toBeVisible();
  const { code } = await ann.api<{ code: string }>('POST', `/servers/${home.serverId}/invites`, {});
  await bob.page.goto(`/invite/${code}`);
  await bob.button('Join server').click();
  await expect(bob.page).toHaveURL(/\/s\//);
  await bob.open(home.path);
  await expect(bob.composer).toBeVisible();

  // written with the completion, seen by both, and a reaction
  await ann.open(home.path);
  await bob.type('look :herr');
  await expect(bob.page.getByRole('option', { name: ':red_herring:' })).toBeVisible();
  await bob.composer.press('Enter');
  await expect(bob.composer).toHaveValue('look :red_herring: ');
  await bob.composer.press('Enter');
  for (const who of [ann, bob]) {
    const picture = who.message('look').getByRole('img', { name: ':red_herring:' });
    await expect(picture).toBeVisible();
    await expect.poll(() => picture.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBeGreaterThan(0);
  }
  await ann.choose('look', 'Add reaction');
  await ann.dialog('Add reaction').getByRole('button', { name: ':boat:', exact: true }).click();
  const reaction = bob.message('look').getByRole('button', { name: /^:boat:, 1 reactions/ });
  await expect(reaction.getByRole('img', { includeHidden: true })).toBeVisible();
  await reaction.click();
  await expect(ann.message('look').getByRole('button', { name: /^:boat:, 2 reactions/ })).toBeVisible();
  await shows('chat');
  await shows('chat-phone', bob);

  // colours change in the open browser; what hides everything hides no administration
  const accent = () =>
    bob.page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--color-accent'));
  await expect.poll(accent).toContain('#8a1c5c');
  await ann.api('PATCH', '/admin/branding', { accent: '#1c5c8a', css: '#root { display: none !important }' });
  await expect.poll(accent).toContain('#1c5c8a');
  await expect(bob.page.locator('#root')).toBeHidden();
  await ann.page.goto(home.path);
  await expect(ann.page.locator('#root')).toBeHidden();
  await ann.page.goto('/admin/branding');
  await ann.button('Style sheet: take the choice back').click();
  await expect(bob.page.locator('#root')).toBeVisible();
});

/** Large enough for an icon. */
async function largePicture(page: import('@playwright/test').Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 256;
    const context = canvas.getContext('2d');
    if (context) {
      context.fillStyle = '#2a7ab0';
      context.fillRect(0, 0, 256, 256);
      context.fillStyle = '#f4c542';
      context.beginPath();
      context.arc(128, 128, 80, 0, 7);
      context.fill();
    }
    return canvas.toDataURL('image/png');
  });
  return Buffer.from(url.split(',')[1] ?? '', 'base64');
}
