// Between the password and the keys.
import { PASSWORD } from '../support/account';
import { beginTalk } from '../support/encrypted';
import { goUnlock, isIn, makeWords } from '../support/keys';
import { expect, PHONE, test } from '../support/test';

const NEW_PASSWORD = 'a kettle sings in the harbour';

test('a page that is loaded again while it signs in is not locked', async ({ member, person, stranger }) => {
  const ann = await member('ann');
  const bob = await person('bob');
  const id = await beginTalk(ann, [bob]);
  await ann.send('The first of May');
  for (const pause_ms of [0, 300, 1_000]) {
    const phone = await stranger(PHONE);
    phone.watch.isCut = true;
    await phone.open(`/c/${id}`);
    const answered = phone.page.waitForResponse(/\/api\/v1\/auth\/login/);
    await phone.signIn('ann', PASSWORD);
    await answered;
    await phone.page.waitForTimeout(pause_ms);
    await phone.page.reload();
    await phone.sees('The first of May');
    await phone.send(`From phone ${pause_ms}`);
    await ann.sees(`From phone ${pause_ms}`);
  }
});

test('a password that came from a link opens nothing, says so, and opens everything once the words have', async ({
  member,
  person,
  stranger,
}) => {
  const ann = await person('ann');
  const bob = await member('bob');
  const id = await beginTalk(bob, [ann]);
  await bob.send('The first of May');
  const words = await makeWords(bob, PASSWORD);

  await ann.open('/admin/users');
  await ann.chooseFrom(ann.button('What to do with Bob'), 'Password reset link');
  await ann.button('Make the link').click();
  const link = await ann.field('Reset link').inputValue();

  const again = await stranger();
  await again.open(link);
  await again.field('New password').fill(NEW_PASSWORD);
  await again.button('Set password').click();
  await again.page.getByRole('link', { name: 'Sign in' }).click();
  await again.signIn('bob', NEW_PASSWORD);
  await expect(again.conversations).toBeVisible();
  await again.open(`/c/${id}`);
  for (const round of ['at once', 'on the next page']) {
    await expect(again.page.getByText('Your password is new.').first(), round).toBeVisible();
    await again.page.reload();
  }
  await goUnlock(again);
  await expect(again.button('With your twelve words')).toHaveAttribute('aria-pressed', 'true');
  await again.field('Your twelve words, in order').fill(words.join(' '));
  await again.field('Your new password').fill(NEW_PASSWORD);
  await again.page.getByRole('main').getByRole('button', { name: 'Unlock' }).click();
  await isIn(again);
  await again.open(`/c/${id}`);
  await again.sees('The first of May');

  // From now on it is enough.
  const phone = await stranger(PHONE);
  await phone.open(`/c/${id}`);
  await phone.signIn('bob', NEW_PASSWORD);
  await phone.sees('The first of May');
});
