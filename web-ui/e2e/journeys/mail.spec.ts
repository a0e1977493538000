// Letters about what was missed: from the address to the way out.
import { mkdir } from 'node:fs/promises';
import { uuidv7 } from '../../src/lib/uuid';
import { isAccessible } from '../support/axe';
import { linkOf, MailServer, mailSettings } from '../support/mail-server';
import { makeServer } from '../support/places';
import { test as base, expect, PHONE } from '../support/test';

const FOLDER = '../artifacts/screens';
const HOUR = 3_600_000;

const test = base.extend<{ post: MailServer }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants one
  post: async ({}, use) => {
    const [server, port] = await MailServer.start();
    Object.assign(settings, mailSettings(port));
    await use(server);
    server.stop();
  },
});
const settings: Record<string, string> = {};
test.use({ settings });

test('an address is confirmed, tells what was missed, and ends by one click', async ({
  post,
  person,
  stranger,
  node,
}) => {
  await mkdir(FOLDER, { recursive: true });
  const ann = await person('ann');
  const bob = await person('bob', PHONE);
  const home = await makeServer('Harbour', ann, bob);

  // whoever runs the node tries it first
  await ann.open('/admin/settings');
  await ann.page.getByLabel('Send a letter to try').fill('ann@example.org');
  await ann.page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(ann.page.getByText('The mail server took it: 250')).toBeVisible();
  await post.letter();
  await ann.page.screenshot({ path: `${FOLDER}/mail-admin.png`, animations: 'disabled' });

  await bob.open('/settings/notifications');
  const section = bob.page.getByRole('region', { name: 'By e-mail' });
  await section.getByLabel('Address').fill('bob@example.org');
  await section.getByRole('button', { name: 'Send the letter' }).click();
  await expect(section).toContainText('A letter is on its way to bob@example.org');
  await section.scrollIntoViewIfNeeded();
  await bob.page.screenshot({ path: `${FOLDER}/mail-asked.png`, animations: 'disabled' });

  // the link is opened where nobody is signed in; the settings hear of it
  const reader = await stranger(PHONE);
  await reader.page.goto(linkOf(await post.letter(), 'confirm'));
  await reader.page.screenshot({ path: `${FOLDER}/mail-confirm.png`, animations: 'disabled' });
  await reader.page.getByRole('button', { name: 'Yes, send it here' }).click();
  await expect(reader.page.getByRole('heading', { name: 'The address is confirmed' })).toBeVisible();
  await expect(section.getByLabel('Daily')).toBeChecked();
  await section.scrollIntoViewIfNeeded();
  await bob.page.screenshot({ path: `${FOLDER}/mail-daily.png`, animations: 'disabled' });
  await isAccessible(bob, 'mail-daily');
  await section.getByLabel('Hourly').check();

  // away; an hour goes by
  await bob.page.goto('about:blank');
  await ann.api('POST', '/messages', {
    id: uuidv7(),
    conversation_id: home.roomId,
    content: { type: 'text', text: `<@${bob.id}> the boat is here` },
  });
  await ann.page.goto('about:blank');
  await node.sleep(HOUR);
  const letter = await post.letter();
  expect(letter.text).toContain('Ann mentioned you: @Bob the boat is here');
  await bob.page.goto(linkOf(letter, '/s/'));
  await expect(bob.page.getByText('the boat is here').first()).toBeVisible();
  await reader.page.goto('about:blank');
  await reader.page.setContent(letter.html);
  await reader.page.screenshot({ path: `${FOLDER}/mail-letter.png`, animations: 'disabled' });

  await reader.page.goto(linkOf(letter, 'unsubscribe'));
  await reader.page.getByRole('button', { name: 'Send me no more' }).click();
  await expect(reader.page.getByRole('heading', { name: 'Done' })).toBeVisible();
  await bob.open('/settings/notifications');
  await expect(section.getByLabel('Never')).toBeChecked();
});
