import { areReady, beginTalk, idIn, lock } from '../support/encrypted';
import { makeRoom, makeServer } from '../support/places';
import { expect, test } from '../support/test';
import { write } from '../support/write';

test('a contact link finds somebody, verified; a false one warns', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  await areReady(ann, bob);
  await ann.open('/settings/privacy');
  const link = await ann.field('Link').inputValue();
  expect(link).toMatch(/\/c\/[0-9A-Z]{16}#[\w-]{43}$/);

  await bob.open('/c');
  await bob.page.goto(link);
  await expect(bob.page.getByText('so Ann is marked as verified')).toBeVisible();
  await bob.button('Message').click();
  await expect(bob.header).toHaveText('Ann');
  await expect(lock(bob)).toHaveAttribute('data-lock', 'verified');
  await bob.send('By your link');
  await ann.conversations
    .or(ann.page.getByRole('link', { name: 'Back' }))
    .first()
    .isVisible();
  await ann.open(`/c/${idIn(bob.page.url())}`);
  await ann.sees('By your link');

  // As if the node had put another identity in place of hers.
  await bob.page.goto('about:blank');
  await bob.page.goto(link.replace(/#./, (found) => (found === '#A' ? '#B' : '#A')));
  await expect(bob.page.getByText('This is not the Ann of the link')).toBeVisible();
  await expect(bob.page.getByRole('alertdialog')).toContainText('Somebody is not who they were');
  await bob.button('Close; sending stays stopped').click();
  await bob.open(`/c/${idIn(ann.page.url())}`);
});

test('a room is encrypted for good, and who comes later is let in by somebody', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const cem = await person('cem');
  const home = await makeServer('Harbour', ann, bob);
  const roomId = await makeRoom(ann, home, { name: 'keys', is_private: true });
  await ann.api('PUT', `/rooms/${roomId}/members/${bob.id}`);
  await write(bob, roomId, 'Said in the open');
  await areReady(ann, bob, cem);
  await ann.open(`/s/${home.serverId}/${roomId}`);
  await bob.open(`/s/${home.serverId}/${roomId}`);
  await ann.button('Not end-to-end encrypted').click();
  await ann.button('Turn on encryption').click();
  await ann.button('Turn on for good').click();
  await expect(lock(ann)).toHaveAttribute('data-lock', 'encrypted');
  await ann.page.keyboard.press('Escape');
  await ann.send('Said behind the door');

  // Somebody who sees the room but is not in it, yet.
  await bob.button('Ask to be let in').click();
  await ann.button('Look').click();
  await ann.button('Let Bob in').click();
  await bob.send('Thank you');
  await ann.page.keyboard.press('Escape');
  await ann.sees('Said in the open', 'Thank you');
  await bob.sees('Said in the open', 'Thank you');
});

test('one message is reported, and only that one is opened to the moderators', async ({ node, person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const cem = await person('cem');
  await areReady(ann, bob, cem);
  const id = await beginTalk(bob, [cem]);
  await bob.send('Harmless hedgehog');
  await bob.send('Something that hurts');
  await cem.open(`/c/${id}`);
  await cem.sees('Something that hurts');
  await cem.choose('Something that hurts', 'Report');
  await cem.field('Why do you report it?').fill('It is a threat');
  await cem.dialog().getByRole('button', { name: 'Report' }).click();
  await expect(cem.page.getByText('Reported. The moderators of this node')).toBeVisible();
  await ann.open('/admin/reports');
  const report = ann.page.getByRole('article').filter({ hasText: 'It is a threat' });
  await expect(report).toContainText('Reported by Cem');
  await expect(report).toContainText('Something that hurts');
  await expect(report).not.toContainText('hedgehog');
  await expect(node.folder).not.toBe('');
});

test('what disappears is gone at its time, also without a connection', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  await bob.page.clock.install();
  const id = await beginTalk(ann, [bob]);
  await ann.send('This one stays');
  await ann.button('End-to-end encrypted').click();
  await ann.field('Messages disappear').selectOption('After 1 hour');
  await expect(ann.field('Messages disappear')).toBeEnabled();
  await ann.page.keyboard.press('Escape');
  await ann.send('This one goes');
  await bob.open(`/c/${id}`);
  await bob.sees('This one stays', 'This one goes');
  bob.watch.isCut = true;
  await bob.page.context().setOffline(true);
  await bob.page.clock.fastForward('01:00:05');
  await bob.seesNot('This one goes');
  await bob.sees('This one stays');
});
