import { portrait } from '../support/picture';
import { makeConversation, makeServer } from '../support/places';
import { expect, PHONE, test } from '../support/test';

for (const [size, options] of [
  ['desktop', {}],
  ['phone', PHONE],
] as const) {
  test(`a direct conversation with receipts (${size})`, async ({ person }) => {
    const ann = await person('ann', options);
    const bob = await person('bob', options);
    await ann.open('/c');
    await bob.open('/c');
    await ann.button('New conversation').first().click();
    await ann.field('Find people').fill('bo');
    await ann.dialog().getByRole('button', { name: 'Bob @bob' }).click();
    await ann.button('Start conversation').click();
    await expect(ann.header).toHaveText('Bob');
    await ann.send('Just the two of us');
    await expect(bob.conversations.getByRole('link', { name: /Ann.*1 unread message/ })).toBeVisible();
    await expect(ann.message('Just the two of us').getByRole('button', { name: 'Delivered' })).toBeVisible();
    await bob.conversations.getByRole('link', { name: /\bAnn\b/ }).click();
    await bob.sees('Just the two of us');
    await expect(ann.message('Just the two of us').getByRole('button', { name: 'Read' })).toBeVisible();
    await bob.send('So it is');
    await ann.sees('So it is');
    await expect(bob.message('So it is').getByRole('button', { name: 'Read' })).toBeVisible();
    await ann.message('Just the two of us').getByRole('button', { name: 'Read' }).click();
    await expect(ann.dialog('Read by').getByText('Bob')).toBeVisible();
  });
}

test('a group: started, renamed, joined by another, left', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const cem = await person('cem');
  const dan = await person('dan');
  for (const one of [ann, bob, cem, dan]) await one.open('/c');

  await ann.button('New conversation').first().click();
  for (const [typed, name] of [
    ['bob', 'Bob @bob'],
    ['cem', 'Cem @cem'],
  ] as const) {
    await ann.field('Find people').fill(typed);
    await ann.dialog().getByRole('button', { name }).first().click();
  }
  await ann.field('Name of the group (optional)').fill('Weekend');
  await ann.button('Create group').click();
  await expect(ann.header).toHaveText('Weekend');
  await ann.send('Who comes along?');
  for (const one of [bob, cem]) {
    await one.conversations.getByRole('link', { name: /^Weekend/ }).click();
    await one.sees('Who comes along?');
  }
  await cem.send('Me');
  await bob.sees('Me');

  await ann.button('Rename group').click();
  await ann.field('Name of the group').fill('Long weekend');
  await ann.dialog().getByRole('button', { name: 'Save' }).click();
  await expect(bob.header).toHaveText('Long weekend');
  await bob.button('Add people').click();
  await bob.field('Find people').fill('dan');
  await bob.dialog().getByRole('button', { name: 'Dan @dan' }).first().click();
  await bob.dialog().getByRole('button', { name: 'Add', exact: true }).click();
  await dan.conversations.getByRole('link', { name: /^Long weekend/ }).click();
  await dan.send('Me too');
  await ann.sees('Me too');
  await expect(ann.message('Me too')).toBeVisible();

  await cem.button('Leave group').click();
  await cem.confirm('Leave group');
  await expect(cem.page.getByText('No conversations yet')).toBeVisible();
  await ann.button('Remove Dan').click();
  await ann.confirm('Remove');
  await expect(dan.page.getByText('No conversations yet')).toBeVisible();
  await ann.send('Two are left');
  await bob.sees('Two are left');
});

test('presence is seen by others, and invisible is not', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  const direct = await makeConversation(ann, [bob]);
  await ann.open(`/c/${direct}`);
  const top = ann.page.getByRole('main');
  await expect(top).toContainText('Offline');
  await bob.open(home.path);
  await expect(top).toContainText('Online');
  await bob.chooseOwn('Do not disturb');
  await expect(top).toContainText('Do not disturb');
  await bob.chooseOwn('Idle');
  await expect(top).toContainText('Idle');
  // invisible looks like gone
  await bob.chooseOwn(/^Invisible/);
  await expect(top).toContainText('Last seen');
  await bob.chooseOwn('Online');
  await expect(top).toContainText('Online');
  await bob.page.goto('about:blank');
  await expect(top).toContainText('Last seen');
});

test('a profile with a picture, seen by others at once', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await ann.open(home.path);
  await bob.open('/settings/profile');

  await bob.field('Picture file').setInputFiles({
    name: 'bob.png',
    mimeType: 'image/png',
    buffer: portrait(3),
  });
  await expect(bob.page.getByRole('img', { name: 'Part of the picture that is used' })).toBeVisible();
  await bob.page.getByRole('slider', { name: 'Zoom' }).fill('1.5');
  await bob.button('Use picture').click();
  await expect(bob.button('Remove')).toBeVisible();
  await bob.field('Name').fill('Bob Lind');
  await bob.field('Status').fill('Mending nets');
  await bob.field('Bio').fill('Lives by the water.');
  await bob.field('Link').fill('https://example.org/bob');
  await bob.button('Save changes').click();
  await expect(bob.page.getByText('Profile saved.')).toBeVisible();

  const line = ann.page
    .getByRole('complementary', { name: 'Members' })
    .getByRole('button', { name: /Bob Lind/ });
  await expect(line).toContainText('Mending nets');
  const picture = line.locator('img[src^="/api/v1/pictures/"]');
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);
  await line.click();
  const card = ann.dialog('Profile');
  await expect(card).toContainText('Lives by the water.');
  await expect(card.getByRole('link', { name: 'example.org/bob' })).toHaveAttribute('rel', /noopener/);
  await card.getByRole('button', { name: 'Message' }).click();
  await expect(ann.header).toHaveText('Bob Lind');

  await bob.field('Picture file').setInputFiles({
    name: 'bob.svg',
    mimeType: 'image/svg+xml',
    buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  });
  await expect(bob.page.getByText('Choose a PNG, JPEG, GIF or WebP picture.')).toBeVisible();
  await bob.button('Remove').click();
  await expect(bob.button('Remove')).toHaveCount(0);
});
