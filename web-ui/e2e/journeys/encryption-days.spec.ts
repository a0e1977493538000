// What happens on ordinary days: no connection, a page that goes away, looking for what was said.
import type { Locator } from '@playwright/test';
import { areReady, beginTalk } from '../support/encrypted';
import type { Person } from '../support/person';
import { expect, test } from '../support/test';

const panel = (person: Person): Locator => person.page.getByRole('search', { name: 'Search messages' });
const hits = (person: Person): Locator =>
  panel(person).getByRole('list', { name: 'Messages found' }).getByRole('button');

test('without a connection messages wait; a reload in the middle loses and doubles nothing', async ({
  person,
}) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const id = await beginTalk(ann, [bob]);
  await bob.open(`/c/${id}`);
  await ann.send('online');
  await bob.sees('online');
  ann.watch.isCut = true;
  await ann.page.context().setOffline(true);
  for (const text of ['waiting one', 'waiting two']) await ann.send(text);
  await bob.send('meanwhile');
  await expect(ann.log.getByRole('img', { name: 'Waiting to be sent' })).toHaveCount(2);
  await ann.page.context().setOffline(false);
  await bob.sees('waiting one', 'waiting two');
  await ann.sees('meanwhile');
  // Sent, and gone before there was an answer.
  for (const text of ['hurried one', 'hurried two', 'hurried three']) await ann.send(text);
  await ann.page.reload();
  const texts = [
    'online',
    'waiting one',
    'waiting two',
    'meanwhile',
    'hurried one',
    'hurried two',
    'hurried three',
  ];
  for (const one of [ann, bob]) {
    await expect
      .poll(
        async () => (await one.log.getByRole('article').getByRole('paragraph').allInnerTexts()).toSorted(),
        {
          timeout: 20_000,
        },
      )
      .toEqual(texts.toSorted());
  }
});

test('this device finds what only it can read: words, their parts, and Chinese', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  await areReady(ann, bob);
  const id = await beginTalk(ann, [bob]);
  for (const text of ['The lighthouse keeper sleeps', 'Rope and tar', '我们明天去海边散步'])
    await ann.send(text);
  await bob.open(`/c/${id}`);
  await bob.sees('我们明天去海边散步');
  await bob.page.keyboard.press('Control+f');
  const field = panel(bob).getByRole('textbox', { name: 'Search messages' });
  for (const [typed, found] of [
    ['keeper', 'The lighthouse keeper sleeps'],
    ['lighth', 'The lighthouse keeper sleeps'],
    ['海边', '我们明天去海边散步'],
  ] as const) {
    await field.fill(typed);
    await expect(hits(bob)).toHaveCount(1);
    await expect(hits(bob).first()).toContainText(found);
  }
  await field.fill('nowhere');
  await expect(hits(bob)).toHaveCount(0);
});
