import { areReady, beginTalk, isNowhere } from '../support/encrypted';
import { Terminal } from '../support/terminal';
import { expect, test } from '../support/test';

test('a browser and a terminal read each other, and find out that nobody stands between them', async ({
  member,
  node,
}) => {
  const ann = await member('ann');
  const bob = await member('bob');
  await areReady(ann, bob);
  const terminal = await Terminal.login(node, 'bob');
  const id = await beginTalk(ann, [bob]);
  await ann.send('Written in a *browser*, walrus');
  await expect.poll(() => terminal.texts('@ann')).toEqual(['Written in a *browser*, walrus']);
  await terminal.send('@ann', 'Written in a terminal, narwhal');
  await ann.sees('Written in a terminal, narwhal');
  // The same person in a browser reads both.
  await bob.open(`/c/${id}`);
  await bob.sees('Written in a browser, walrus', 'Written in a terminal, narwhal');
  await ann.choose('narwhal', 'Reply');
  await ann.send('How many tusks?');
  await bob.sees('How many tusks?');
  const lines = await terminal.tail('@ann');
  expect(lines.map(({ text, author }) => `${author}: ${text}`.toLowerCase())).toEqual([
    'ann: written in a *browser*, walrus',
    'bob: written in a terminal, narwhal',
    'ann: how many tusks?',
  ]);
  expect(lines.every(({ is_encrypted }) => is_encrypted)).toBe(true);

  // The same number on both sides; what the one shows, the other one reads.
  const shown = await terminal.run(['verify', '@ann']);
  await ann.button('End-to-end encrypted').click();
  await ann.button('Verify Bob').click();
  const groups = ann.dialog(/^Security number/).getByRole('list', { name: 'Security number' });
  await expect(groups.getByRole('listitem')).toHaveCount(12);
  const number = (await groups.getByRole('listitem').allInnerTexts()).join(' ');
  expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(shown.match(/\b\d{5}\b/g)?.join(' ')).toBe(number);
  const code = /snug-verify:\S+/.exec(shown)?.[0] ?? '';
  await ann.field("Code that Bob's screen shows").fill(code);
  await ann.button('Check').click();
  await expect(ann.page.getByText('It fits: this is really Bob.')).toBeVisible();
  const link = await ann.field('The same to send, by a way that you trust').inputValue();
  expect(await terminal.run(['verify', '@ann', '--link', link])).toContain('is verified');
  await ann.page.keyboard.press('Escape');
  await ann.page.keyboard.press('Escape');
  await expect(ann.page.locator('[data-lock]')).toHaveAttribute('data-lock', 'verified');
  await isNowhere(node, 'walrus', 'narwhal', 'tusks');
});
