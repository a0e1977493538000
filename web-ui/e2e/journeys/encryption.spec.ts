import { beginTalk, isNowhere, lock } from '../support/encrypted';
import type { Person } from '../support/person';
import { expect, PHONE, test } from '../support/test';

for (const [size, options] of [
  ['desktop', {}],
  ['phone', PHONE],
] as const) {
  test(`two people write to each other, and the node has nothing to read (${size})`, async ({
    node,
    person,
  }) => {
    const ann = await person('ann', options);
    const bob = await person('bob', options);
    const id = await beginTalk(ann, [bob]);
    await ann.send('The heron nests by the sluice');
    await expect(ann.message('heron').getByRole('button', { name: 'Delivered' })).toBeVisible();
    await bob.open(`/c/${id}`);
    await bob.sees('The heron nests by the sluice');
    await expect(lock(bob)).toHaveAttribute('data-lock', 'encrypted');
    await expect(ann.message('heron').getByRole('button', { name: 'Read' })).toBeVisible();

    await ann.isLive();
    await bob.isLive();
    await bob.type('I am writ');
    await expect(ann.page.getByText('Bob is typing')).toBeVisible();
    await bob.composer.fill('');
    await bob.choose('heron', 'Reply');
    await bob.send('I saw it on marmalade morning');
    await ann.sees('marmalade');
    const quote = ann.message('marmalade').getByRole('button', { name: /^In reply to Ann/ });
    await expect(quote).toHaveAccessibleName('In reply to Ann: The heron nests by the sluice');

    await bob.choose('heron', 'Add reaction');
    await bob.field('Search emoji').fill('thumbs up');
    await bob
      .dialog('Add reaction')
      .getByRole('gridcell', { name: /thumbs up/i })
      .first()
      .click();
    const thumbs = (one: Person) => one.log.getByRole('button', { name: /^👍, / });
    await expect(thumbs(ann)).toHaveAccessibleName('👍, 1 reactions: Bob');
    await thumbs(ann).click();
    await expect(thumbs(bob)).toHaveAccessibleName(/^👍, 2 reactions: /);
    await thumbs(bob).click();
    await expect(thumbs(ann)).toHaveAccessibleName('👍, 1 reactions: Ann');

    await ann.choose('heron', 'Edit');
    await ann.composer.fill('The bittern nests by the sluice');
    await ann.composer.press('Enter');
    await expect(bob.message('The bittern nests').getByText('edited')).toBeVisible();
    await bob.seesNot('heron');

    await bob.send('cormorant comes and goes');
    await ann.sees('cormorant');
    await bob.choose('cormorant', 'Delete');
    await bob.confirm('Delete message');
    await ann.sees('Message deleted');
    await ann.seesNot('cormorant');

    // Everything is there again after a reload.
    for (const one of [ann, bob]) {
      await one.page.reload();
      await one.sees('The bittern nests', 'marmalade');
      await expect(one.message('The bittern nests').getByText('edited')).toBeVisible();
      await expect(thumbs(one)).toHaveAccessibleName('👍, 1 reactions: Ann');
      await one.seesNot('cormorant');
    }
    await isNowhere(node, 'heron', 'bittern', 'marmalade', 'cormorant');
  });
}

test('five people in a group: one leaves, is let in again, and does not see what was said meanwhile', async ({
  node,
  person,
}) => {
  const [ann, bob, cem, dan, eva] = (await Promise.all(
    ['ann', 'bob', 'cem', 'dan', 'eva'].map((name) => person(name)),
  )) as [Person, Person, Person, Person, Person];
  const id = await beginTalk(ann, [bob, cem, dan, eva], 'Lanternfish');
  await ann.send('Who rows?');
  const all = [bob, cem, dan, eva];
  for (const one of all) {
    await one.conversations.getByRole('link', { name: /^Lanternfish/ }).click();
    await one.sees('Who rows?');
  }
  for (const one of all) await one.send(`${one.username} rows`);
  for (const one of [ann, ...all]) await one.sees(...all.map(({ username }) => `${username} rows`));

  await cem.button('Leave group').click();
  await cem.confirm('Leave group');
  await expect(cem.page.getByText('No conversations yet')).toBeVisible();
  await dan.send('Now without periwinkle');
  for (const one of [ann, bob, eva]) await one.sees('Now without periwinkle');

  await ann.button('Add people').click();
  await ann.field('Find people').fill('cem');
  await ann.dialog().getByRole('button', { name: 'Cem @cem' }).first().click();
  await ann.dialog().getByRole('button', { name: 'Add', exact: true }).click();
  await cem.conversations.getByRole('link', { name: /^Lanternfish/ }).click();
  await eva.send('Welcome back');
  await cem.sees('Welcome back', 'Who rows?');
  await expect(cem.log.getByText('From before you joined')).toHaveCount(1);
  await cem.seesNot('periwinkle');
  await cem.send('Here again');
  for (const one of [ann, bob, dan, eva]) await one.sees('Here again');

  // It stays so on a new page.
  await cem.page.reload();
  await cem.sees('Who rows?', 'Welcome back', 'Here again');
  await cem.seesNot('periwinkle');
  await eva.open(`/c/${id}`);
  await eva.sees('Who rows?', 'Now without periwinkle', 'Here again');
  await isNowhere(node, 'Lanternfish', 'periwinkle', 'Who rows');
});
