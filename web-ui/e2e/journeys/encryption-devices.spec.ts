import { PASSWORD } from '../support/account';
import { areReady, beginTalk, lock } from '../support/encrypted';
import { expect, PHONE, test } from '../support/test';

const HISTORY = ['The first of May', 'The second of May'];

test('a new browser reads the history with the password', async ({ person, stranger }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  // Who signs in by the form has given the password: that is the way in.
  const other = await stranger();
  await other.open();
  await other.signIn('ann', PASSWORD);
  await areReady(bob);
  await expect(other.conversations).toBeVisible();
  await ann.open('/c');
});
