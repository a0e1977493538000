import type { SnugNode } from '../support/node';
import type { Person } from '../support/person';
import { makeServer } from '../support/places';
import { expect, test } from '../support/test';

/** The texts of all messages that a browser shows, in their order. */
async function shown(person: Person): Promise<string[]> {
  return person.log.getByRole('article').getByRole('paragraph').allInnerTexts();
}

/** Both show all of these, each once, in the same order; and it is what the node has stored. */
async function agree(people: Person[], texts: string[], roomId: string): Promise<void> {
  const [first] = people;
  if (!first) return;
  for (const person of people) {
    await expect(person.log.getByRole('img', { name: 'Waiting to be sent' })).toHaveCount(0, {
      timeout: 30_000,
    });
    await expect
      .poll(async () => (await shown(person)).toSorted(), { timeout: 30_000 })
      .toEqual(texts.toSorted());
  }
  const { messages } = await first.api<{ messages: { content: { text: string } }[] }>(
    'GET',
    `/conversations/${roomId}/messages?limit=100`,
  );
  const stored = messages.map(({ content }) => content.text);
  for (const person of people) expect(await shown(person)).toEqual(stored);
}

/** The node dies and comes back, as after a power cut. */
async function powerCut(node: SnugNode, people: Person[], meanwhile: () => Promise<void>): Promise<void> {
  for (const { watch } of people) watch.isCut = true;
  await node.kill();
  await meanwhile();
  await node.restart();
}

test('the node is killed in mid-conversation: nothing lost, nothing twice', async ({ node, person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await ann.open(home.path);
  await bob.open(home.path);
  await ann.send('before one');
  await bob.send('before two');
  await ann.sees('before two');

  await powerCut(node, [ann, bob], async () => {
    await ann.send('ann, while it is down');
    await ann.send('ann again');
    await bob.send('bob, while it is down');
    await expect(ann.message('ann again').getByRole('img', { name: 'Waiting to be sent' })).toBeVisible();
    await expect(ann.page.getByText(/^No connection|^Connecting/)).toBeVisible();
  });
  const first = ['before one', 'before two', 'ann, while it is down', 'ann again', 'bob, while it is down'];
  await agree([ann, bob], first, home.roomId);
  await expect(ann.page.getByText(/^No connection|^Connecting/)).toHaveCount(0);

  // Killed in the moment of sending: an answer that was lost makes nothing twice.
  await ann.composer.fill('sent and cut off');
  await powerCut(node, [ann, bob], async () => {});
  await ann.composer.press('Enter');
  const killed = (async () => {
    await node.kill();
    await node.restart();
  })();
  await bob.send('bob in between');
  await killed;
  await ann.send('after all');
  await agree([ann, bob], [...first, 'sent and cut off', 'bob in between', 'after all'], home.roomId);
  await ann.page.reload();
  await agree([ann, bob], [...first, 'sent and cut off', 'bob in between', 'after all'], home.roomId);
});

test('offline: messages wait, survive a reload, and go out once', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await ann.open(home.path);
  await bob.open(home.path);
  await ann.send('online');
  await bob.sees('online');

  ann.watch.isCut = true;
  await ann.page.context().setOffline(true);
  for (const text of ['waiting one', 'waiting two', 'waiting three']) await ann.send(text);
  await bob.send('meanwhile');
  await expect(ann.log.getByRole('img', { name: 'Waiting to be sent' })).toHaveCount(3);
  await bob.seesNot('waiting one');
  await ann.page.context().setOffline(false);
  const first = ['online', 'waiting one', 'waiting two', 'waiting three', 'meanwhile'];
  await agree([ann, bob], first, home.roomId);

  // The page goes away while messages wait; they are still there when it comes back.
  await ann.page.context().setOffline(true);
  await ann.send('kept one');
  await ann.send('kept two');
  await expect(ann.log.getByRole('img', { name: 'Waiting to be sent' })).toHaveCount(2);
  await ann.page.goto('about:blank');
  await ann.page.context().setOffline(false);
  await ann.open(home.path);
  await agree([ann, bob], [...first, 'kept one', 'kept two'], home.roomId);
});
