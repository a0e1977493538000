import { expect, PHONE, test } from '../support/test';

for (const [size, options] of [
  ['desktop', {}],
  ['phone', PHONE],
] as const) {
  test(`first run: the set-up link, a server, its code, and two people chat (${size})`, async ({
    node,
    stranger,
  }) => {
    const ann = await stranger(options);
    ann.username = 'ann';
    await ann.open(node.setupUrl ?? '');
    await ann.field('Username').fill('ann');
    await ann.field('Name to show (optional)').fill('Ann Berg');
    await ann.field('Password').fill('correct horse battery staple');
    await ann.button('Create administrator').click();

    if (size === 'desktop') await expect(ann.page.getByText('Welcome to Snug')).toBeVisible();
    else await expect(ann.page.getByText('No conversations yet')).toBeVisible();
    await ann.button('Create or join a server').first().click();
    await ann.page.getByRole('tab', { name: 'Create' }).click();
    await ann.field('Name').fill('Harbour');
    await ann.button('Create server').click();
    if (size === 'phone') await ann.rooms.getByRole('link', { name: 'general' }).click();
    await expect(ann.header).toHaveText('general');
    await expect(ann.page.getByText('This is the beginning of #general')).toBeVisible();

    if (size === 'phone') await ann.button('Back').click();
    await ann.chooseFrom(ann.button('Harbour'), 'Invite people');
    await ann.dialog().getByRole('button', { name: 'Copy code' }).click();
    await expect(ann.dialog().getByRole('button', { name: 'Copied' })).toBeVisible();
    const code = await ann.page.evaluate(() => navigator.clipboard.readText());
    expect(code).toMatch(/^[A-Z0-9]{5}$/);
    await ann.page.keyboard.press('Escape');
    if (size === 'phone') await ann.enter('general');

    const bob = await stranger(options);
    bob.username = 'bob';
    await bob.open();
    await bob.page.getByRole('link', { name: 'Create an account' }).click();
    await bob.field('Username').fill('bob');
    await bob.field('Password').fill('a lighthouse in the morning');
    await bob.button('Create account').click();
    await bob.button('Create or join a server').first().click();
    await bob.field('Access code or invite link').fill(code.toLowerCase());
    await bob.button('Join server').click();
    if (size === 'phone') await bob.enter('general');
    await expect(bob.header).toHaveText('general');

    await bob.isLive();
    await ann.isLive();
    await ann.type('Hello Bob');
    await expect(bob.page.getByText('Ann Berg is typing')).toBeVisible();
    await ann.composer.press('Enter');
    await bob.sees('Hello Bob');
    await expect(bob.page.getByText('Ann Berg is typing')).toHaveCount(0);
    await bob.type('Hello Ann');
    await expect(ann.page.getByText('bob is typing')).toBeVisible();
    await bob.composer.press('Enter');
    await ann.sees('Hello Bob', 'Hello Ann');

    // Elsewhere, what is new is counted.
    if (size === 'phone') await bob.button('Back').click();
    await bob.rail.getByRole('link', { name: 'Conversations' }).click();
    await ann.send('Are you still there?');
    await expect(bob.rail.getByRole('link', { name: 'Harbour, unread' })).toBeVisible();
    await bob.rail.getByRole('link', { name: 'Harbour, unread' }).click();
    if (size === 'phone') {
      await expect(bob.rooms.getByRole('link', { name: 'general 1 unread message' })).toBeVisible();
      await bob.enter('general');
    }
    await bob.sees('Are you still there?');
    await expect(bob.rail.getByRole('link', { name: 'Harbour, unread' })).toHaveCount(0);
  });
}

test('a used set-up link says so', async ({ node, stranger, person }) => {
  const link = node.setupUrl ?? '';
  await person('ann');
  const bob = await stranger();
  await bob.open(link);
  await expect(bob.page.getByText('This set-up link is not valid')).toBeVisible();
  await bob.page.getByRole('link', { name: 'Sign in' }).click();
  await expect(bob.header).toHaveText('Sign in');
});
