import { makeRoom, makeServer } from '../support/places';
import { expect, PHONE, test } from '../support/test';

test('Markdown is drawn, and nothing in it runs', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await ann.open(home.path);
  await bob.open(home.path);

  await ann.send(
    [
      'Some **bold**, *leaning* and `short` text, ~~gone~~, ||the ending||',
      '',
      '- one',
      '- two',
      '',
      '> so it is said',
      '',
      '```js',
      'const tide = "high"; // **not bold**',
      '```',
      '',
      '[a place](https://example.org/a) and https://example.net/b',
      '<img src=x onerror="document.title=1"> [bad](javascript:alert(1))',
    ].join('\n'),
  );
  const message = bob.message('Some bold');
  await expect(message.getByRole('strong')).toHaveText('bold');
  await expect(message.getByRole('emphasis')).toHaveText('leaning');
  await expect(message.getByRole('code').first()).toHaveText('short');
  await expect(message.getByRole('deletion')).toHaveText('gone');
  await expect(message.getByRole('listitem')).toHaveText(['one', 'two']);
  await expect(message.getByRole('blockquote')).toHaveText('so it is said');
  await expect(message.locator('pre')).toHaveText('const tide = "high"; // **not bold**');
  for (const [name, href] of [
    ['a place', 'https://example.org/a'],
    ['https://example.net/b', 'https://example.net/b'],
  ] as const) {
    const link = message.getByRole('link', { name });
    await expect(link).toHaveAttribute('href', href);
    await expect(link).toHaveAttribute('rel', /noopener/);
    await expect(link).toHaveAttribute('rel', /noreferrer/);
    await expect(link).toHaveAttribute('target', '_blank');
  }
  await expect(message.getByRole('link')).toHaveCount(2);
  await expect(message.locator('img[src="x"]')).toHaveCount(0);
  await message.getByRole('button', { name: 'Show spoiler' }).click();
  await expect(message.getByText('the ending')).toBeVisible();
  await message.locator('pre').hover();
  await message.getByRole('button', { name: 'Copy code' }).click();
  await expect(message.getByRole('button', { name: 'Copied' })).toBeVisible();
});

test('mentions and emoji are completed; a mention is counted', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await makeRoom(ann, home, { name: 'boats' });
  await ann.open(home.path);
  await bob.open(home.path);
  await bob.enter('boats');

  const suggestions = ann.page.getByRole('listbox', { name: 'Suggestions' });
  await ann.type('Look @bo');
  await expect(suggestions.getByRole('option').first()).toContainText('Bob');
  await ann.composer.press('Enter');
  await expect(ann.composer).toHaveValue('Look @bob ');
  await ann.type('at #boa');
  await expect(suggestions.getByRole('option', { name: 'boats' })).toBeVisible();
  await ann.composer.press('Tab');
  await ann.type(':rocke');
  await expect(suggestions.getByRole('option').first()).toContainText(':rocket:');
  await ann.composer.press('Enter');
  await expect(ann.composer).toHaveValue(/^Look @bob at #boats 🚀/);
  await ann.composer.press('Enter');
  await ann.send('no call in this one');

  await expect(bob.rooms.getByRole('link', { name: /general 2 unread messages 1 mention/ })).toBeVisible();
  await expect(bob.rail.getByRole('link', { name: 'Harbour, 1 for you' })).toBeVisible();
  await expect(bob.page).toHaveTitle(/^\(1\) /);
  await bob.enter('general');
  await bob.sees('no call in this one');
  const called = bob.message('Look');
  await expect(called.getByRole('button', { name: '@Bob' })).toBeVisible();
  await expect(bob.rail.getByRole('link', { name: 'Harbour', exact: true })).toBeVisible();
  await called.getByRole('link', { name: 'boats' }).click();
  await expect(bob.header).toHaveText('boats');

  await ann.button('Emoji').click();
  await ann.field('Search emoji').fill('sailboat');
  await ann
    .dialog('Emoji')
    .getByRole('gridcell', { name: /sailboat/i })
    .first()
    .click();
  await expect(ann.composer).toHaveValue(/⛵/);
  await ann.composer.press('Enter');
  await ann.sees('⛵');
});

for (const [size, options] of [
  ['desktop', {}],
  ['phone', PHONE],
] as const) {
  test(`reply, react, edit, delete and mark unread (${size})`, async ({ person }) => {
    const ann = await person('ann', options);
    const bob = await person('bob', options);
    const home = await makeServer('Harbour', ann, bob);
    await ann.open(home.path);
    await bob.open(home.path);
    await ann.send('Who brings the soup?');
    await bob.sees('Who brings the soup?');

    await bob.choose('Who brings the soup?', 'Reply');
    await expect(bob.page.getByText('Replying to Ann')).toBeVisible();
    await bob.send('I do');
    const quote = ann.message('I do').getByRole('button', { name: 'In reply to Ann: Who brings the soup?' });
    await quote.click();
    await expect(ann.message('Who brings the soup?').first()).toBeInViewport();

    await bob.choose('Who brings the soup?', 'Add reaction');
    await bob.field('Search emoji').fill('thumbs up');
    await bob
      .dialog('Add reaction')
      .getByRole('gridcell', { name: /thumbs up/i })
      .first()
      .click();
    const thumbs = (person: typeof ann) => person.log.getByRole('button', { name: /^👍, / });
    await expect(thumbs(ann)).toHaveAccessibleName('👍, 1 reactions: Bob');
    await thumbs(ann).click();
    await expect(thumbs(bob)).toHaveAccessibleName(/^👍, 2 reactions: /);
    await expect(thumbs(bob)).toHaveAttribute('aria-pressed', 'true');
    await thumbs(bob).click();
    await expect(thumbs(ann)).toHaveAccessibleName('👍, 1 reactions: Ann');
    await thumbs(ann).click();
    await expect(thumbs(bob)).toHaveCount(0);

    if (size === 'desktop') await bob.composer.press('ArrowUp');
    else await bob.choose('I do', 'Edit');
    await expect(bob.composer).toHaveValue('I do');
    await bob.composer.fill('I bring it, with bread');
    await bob.composer.press('Enter');
    await expect(ann.message('I bring it, with bread').getByText('edited')).toBeVisible();
    await ann.seesNot('I do');
    await expect(bob.composer).toHaveValue('');

    await bob.choose('Who brings the soup?', 'Mark unread from here');
    await expect(bob.log.getByText('New messages')).toBeVisible();
    if (size === 'phone') await bob.button('Back').click();
    await bob.rail.getByRole('link', { name: 'Conversations' }).click();
    await expect(bob.rail.getByRole('link', { name: 'Harbour, unread' })).toBeVisible();
    await bob.rail.getByRole('link', { name: 'Harbour, unread' }).click();
    if (size === 'phone') await bob.enter('general');
    await expect(bob.log.getByText('New messages')).toBeVisible();

    await ann.choose('Who brings the soup?', 'Delete');
    await ann.confirm('Delete message');
    await bob.sees('Message deleted');
    await bob.seesNot('Who brings the soup?');
    await expect(bob.button('In reply to Ann: Message deleted')).toBeVisible();
  });
}
