import { PASSWORD, signInQuietly } from '../support/account';
import { beginTalk } from '../support/encrypted';
import { goUnlock, isIn, loseKeys, makeWords } from '../support/keys';
import { expect, PHONE, test } from '../support/test';

test('a new browser reads everything by the password, and nothing any more once it is removed', async ({
  member,
  person,
  stranger,
}) => {
  const ann = await member('ann');
  const bob = await person('bob');
  const id = await beginTalk(ann, [bob]);
  await ann.send('The first of May');
  await bob.open(`/c/${id}`);
  await bob.send('The second of May');
  await ann.sees('The second of May');

  const phone = await stranger(PHONE);
  await phone.open(`/c/${id}`);
  await phone.signIn('ann', PASSWORD);
  await phone.sees('The first of May', 'The second of May');
  await phone.send('From the phone');
  for (const one of [ann, bob]) await one.sees('From the phone');
  await bob.send('It arrived');
  for (const one of [ann, phone]) await one.sees('It arrived');
  await phone.page.reload();
  await phone.sees('The first of May', 'From the phone', 'It arrived');

  await expect(ann.page.getByText(/^A new device signed in/)).toBeVisible();
  await ann.button('Look at devices').click();
  await isIn(ann);
  const devices = ann.page.getByRole('button', { name: /^Remove (?!device)/ });
  await expect(devices).toHaveCount(1);
  await devices.click();
  await ann.dialog().getByRole('button', { name: 'Remove device' }).click();
  await ann.dialog().getByLabel('Password', { exact: true }).fill(PASSWORD);
  await ann.dialog().getByRole('button', { name: 'Remove device' }).click();
  await expect(phone.header).toHaveText('Sign in');
  await expect(devices).toHaveCount(0);
  await ann.open(`/c/${id}`);
  await bob.send('Without the phone');
  await ann.sees('The first of May', 'From the phone', 'Without the phone');

  // It can come back, as a device of its own.
  await phone.signIn('ann', PASSWORD);
  await expect(phone.conversations.or(phone.log).first()).toBeVisible();
  if ((await phone.log.count()) === 0) await phone.conversations.getByRole('link', { name: /Bob/ }).click();
  await phone.sees('The first of May', 'Without the phone');
});

test('a browser that lost its keys gets them by the password, by the words, and by another device', async ({
  member,
  node,
  person,
  stranger,
}) => {
  const ann = await member('ann');
  const bob = await person('bob');
  const id = await beginTalk(ann, [bob]);
  await ann.send('The first of May');
  await bob.open(`/c/${id}`);
  await bob.sees('The first of May');
  const words = await makeWords(ann, PASSWORD);

  await loseKeys(ann);
  await expect(ann.page.getByText('This browser cleared its data').first()).toBeVisible();
  await ann.field('Password').fill('not the password');
  await ann.page.getByRole('main').getByRole('button', { name: 'Unlock' }).click();
  await expect(ann.page.getByText('This is not your present password.')).toBeVisible();
  await ann.field('Password').fill(PASSWORD);
  await ann.page.getByRole('main').getByRole('button', { name: 'Unlock' }).click();
  await isIn(ann);
  await ann.open(`/c/${id}`);
  await ann.sees('The first of May');

  await bob.send('The second of May');
  await ann.sees('The second of May');
  await loseKeys(ann);
  await bob.send('The third of May');
  await expect(ann.log.getByText('Waiting').first()).toBeVisible();
  await goUnlock(ann);
  await ann.button('With your twelve words').click();
  await ann.field('Your twelve words, in order').fill(words.toReversed().join(' '));
  await ann.page.getByRole('main').getByRole('button', { name: 'Unlock' }).click();
  await expect(ann.page.getByText('These are not the twelve words')).toBeVisible();
  await ann.field('Your twelve words, in order').fill(words.join('  ').toUpperCase());
  await ann.page.getByRole('main').getByRole('button', { name: 'Unlock' }).click();
  await isIn(ann);
  await ann.open(`/c/${id}`);
  await ann.sees('The first of May', 'The second of May', 'The third of May');
  await ann.send('The fourth of May');
  await bob.sees('The fourth of May');

  // A browser that was never given the password.
  const other = await stranger(PHONE);
  await signInQuietly(other.page.context().request, node.origin, 'ann');
  await other.open(`/c/${id}`);
  await goUnlock(other);
  await other.button('With another device').click();
  await other.button('Show a code').click();
  const shown = await other.page.getByText(/^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/).textContent();
  const code = shown ?? '';
  await ann.button('It is mine').click();
  await ann.field('Code from the new device').fill(code.replace(/^..../, '0000'));
  await ann.button('Let it in').click();
  await expect(ann.dialog().getByText('The code does not fit.')).toBeVisible();
  await ann.field('Code from the new device').fill(code.toLowerCase());
  await ann.button('Let it in').click();
  await expect(ann.dialog()).toHaveCount(0);
  await isIn(other);
  await other.open(`/c/${id}`);
  await other.sees('The first of May', 'The fourth of May');
  await other.send('Paired');
  for (const one of [ann, bob]) await one.sees('Paired');
});

test('a new beginning is asked for, and stopped by a device that still reads', async ({
  member,
  node,
  person,
  stranger,
}) => {
  const ann = await member('ann');
  const bob = await person('bob');
  await beginTalk(ann, [bob]);
  const thief = await stranger();
  await signInQuietly(thief.page.context().request, node.origin, 'ann');
  await thief.open('/settings/privacy');
  await thief.button('None of these: begin anew').click();
  await thief.field('Password').fill('not the password');
  await thief.button('Ask for a new beginning').click();
  await expect(thief.page.getByText('This is not your present password.')).toBeVisible();
  await thief.field('Password').fill(PASSWORD);
  await thief.button('Ask for a new beginning').click();
  await expect(thief.page.getByText(/^Asked for\. You can begin anew from/)).toBeVisible();
  await expect(ann.page.getByText(/^Somebody asked to begin your account anew/)).toBeVisible();
  await ann.button('Stop it').click();
  await expect(ann.page.getByText(/^Somebody asked to begin/)).toHaveCount(0);
  await expect(thief.button('Ask for a new beginning')).toBeVisible();
});

test('two tabs send at once, and each shows everything once', async ({ member, person }) => {
  const ann = await member('ann');
  const bob = await person('bob');
  const id = await beginTalk(ann, [bob]);
  await bob.open(`/c/${id}`);
  const second = await ann.page.context().newPage();
  await second.goto(`/c/${id}`);
  const tabs = [ann.page, second];
  const texts: string[] = [];
  await expect(second.getByRole('textbox', { name: /^Message / })).toBeVisible();
  for (let round = 1; round <= 5; round += 1) {
    await Promise.all(
      tabs.map(async (tab, index) => {
        const field = tab.getByRole('textbox', { name: /^Message / });
        await field.fill(`tab ${index + 1}, line ${round}`);
        await field.press('Enter');
      }),
    );
    texts.push(`tab 1, line ${round}`, `tab 2, line ${round}`);
  }
  for (const page of [...tabs, bob.page]) {
    const lines = page.getByRole('log', { name: 'Messages' }).getByRole('article').getByRole('paragraph');
    await expect.poll(async () => (await lines.allInnerTexts()).toSorted()).toEqual(texts.toSorted());
  }
});
