import { PASSWORD } from '../support/account';
import { expect, PHONE, test } from '../support/test';

const NEW_PASSWORD = 'seven herons by the water';

test('signing in and out, with wrong and right passwords', async ({ person, stranger }) => {
  await person('ann');
  const ann = await stranger();
  await ann.open('/settings/profile');
  await expect(ann.header).toHaveText('Sign in');
  await ann.button('Sign in').click();
  await expect(ann.page.getByText('Give your username or e-mail address.')).toBeVisible();
  await ann.signIn('ann', 'not the password');
  await expect(ann.page.getByText('The name or the password is wrong.')).toBeVisible();
  await ann.signIn('nobody.here', 'not the password');
  await expect(ann.page.getByText('The name or the password is wrong.')).toBeVisible();

  // The way leads on to where one wanted to go.
  await ann.signIn('ann', PASSWORD);
  await expect(ann.header).toHaveText('Profile');
  await ann.page.reload();
  await expect(ann.header).toHaveText('Profile');

  await ann.page.getByRole('link', { name: 'Account' }).click();
  await ann.field('E-mail address').fill('ann@example.org');
  await ann.button('Save e-mail').click();
  await expect(ann.page.getByText('E-mail address saved.')).toBeVisible();
  await ann.page.getByRole('link', { name: 'Back' }).click();
  await ann.chooseOwn('Sign out');
  await expect(ann.header).toHaveText('Sign in');
  await ann.page.reload();
  await expect(ann.header).toHaveText('Sign in');
  await ann.signIn('ann@example.org', PASSWORD);
  await expect(ann.button(/^Your menu/, { exact: false })).toBeVisible();
});

test('the list of devices signs another browser out at once', async ({ person, stranger }) => {
  const ann = await person('ann');
  await ann.open('/settings/sessions');
  const other = await stranger(PHONE);
  await other.open();
  await other.signIn('ann', PASSWORD);
  await expect(other.page.getByText('No conversations yet')).toBeVisible();

  await ann.page.reload();
  await expect(ann.page.getByText('You are here')).toBeVisible();
  await ann.button(/^Sign out Chrome/, { exact: false }).click();
  await expect(ann.page.getByText('You are signed in nowhere else.')).toBeVisible();
  await expect(other.header).toHaveText('Sign in');
  await other.page.reload();
  await expect(other.header).toHaveText('Sign in');
});

test('changing the password ends the other sessions', async ({ person, stranger }) => {
  const ann = await person('ann');
  const other = await stranger();
  await other.open();
  await other.signIn('ann', PASSWORD);
  await expect(other.page.getByText('Welcome to Snug')).toBeVisible();

  await ann.open('/settings/account');
  await ann.field('Present password').fill('not the password');
  await ann.field('New password').fill(NEW_PASSWORD);
  await ann.button('Change password').click();
  await expect(ann.page.getByRole('alert').filter({ hasText: 'password' }).first()).toBeVisible();
  await ann.field('Present password').fill(PASSWORD);
  await ann.button('Change password').click();
  await expect(ann.page.getByText('Password changed. Your other devices were signed out.')).toBeVisible();
  await ann.page.reload();
  await expect(ann.header).toHaveText('Account');

  await expect(other.header).toHaveText('Sign in');
  await other.signIn('ann', PASSWORD);
  await expect(other.page.getByText('The name or the password is wrong.')).toBeVisible();
  await other.signIn('ann', NEW_PASSWORD);
  await expect(other.page.getByText('Welcome to Snug')).toBeVisible();
});

test('an administrator gives a link for a new password', async ({ person, stranger }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  await bob.open();
  await ann.open('/admin/users');
  await ann.chooseFrom(ann.button('What to do with Bob'), 'Password reset link');
  await ann.button('Make the link').click();
  const link = await ann.field('Reset link').inputValue();

  const again = await stranger(PHONE);
  await again.open(link);
  await expect(again.page.getByText('For the account bob.')).toBeVisible();
  await again.field('New password').fill('short');
  await again.button('Set password').click();
  await expect(again.page.getByText(/^Use at least \d+ characters/)).toBeVisible();
  await again.field('New password').fill(NEW_PASSWORD);
  await again.button('Set password').click();
  await expect(again.header).toHaveText('Password changed');
  await expect(bob.header).toHaveText('Sign in');
  await again.page.getByRole('link', { name: 'Sign in' }).click();
  await again.signIn('bob', NEW_PASSWORD);
  await expect(again.page.getByText('No conversations yet')).toBeVisible();

  const late = await stranger();
  await late.open(link);
  await expect(late.page.getByText('This link is not valid any more')).toBeVisible();
});

test('registration closed, then by invite', async ({ person, stranger }) => {
  const ann = await person('ann');
  await ann.open('/admin/settings');
  await ann.field('Name of the instance').fill('Fjord');
  await ann.page.getByRole('radio', { name: 'Closed' }).check();
  await ann.button('Save changes').click();
  await expect(ann.page.getByText('Settings saved.')).toBeVisible();

  const bob = await stranger();
  await bob.open('/register');
  await expect(bob.header).toHaveText('Registration is closed');
  await expect(bob.page.getByText('Fjord', { exact: true })).toBeVisible();

  await ann.page.getByRole('radio', { name: 'By invite' }).check();
  await ann.button('Save changes').click();
  await ann.page.getByRole('link', { name: 'Invites' }).click();
  await ann.field('Works').selectOption('Once');
  await ann.button('Create invite').click();
  const link = await ann.page.getByLabel(/^Link /).inputValue();

  await bob.page.reload();
  await bob.field('Username').fill('bob');
  await bob.field('Password').fill(NEW_PASSWORD);
  await bob.button('Create account').click();
  await expect(bob.page.getByText('Give the code of your invite.')).toBeVisible();
  await bob.open(link);
  await bob.field('Username').fill('ann');
  await bob.field('Password').fill(NEW_PASSWORD);
  await bob.button('Create account').click();
  await expect(bob.field('Username')).toHaveAttribute('aria-invalid', 'true');
  await bob.field('Username').fill('bob');
  await bob.button('Create account').click();
  await expect(bob.page.getByText('Welcome to Fjord')).toBeVisible();

  // It worked once.
  const cem = await stranger();
  await cem.open(link);
  await cem.field('Username').fill('cem');
  await cem.field('Password').fill(NEW_PASSWORD);
  await cem.button('Create account').click();
  await expect(cem.page.getByRole('alert').first()).toBeVisible();
  await expect(cem.header).toHaveText('Create an account');
});
