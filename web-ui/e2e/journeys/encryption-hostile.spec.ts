// The node as somebody who wants to read along: what it answers is changed on the way to the browser.
import type { Page } from '@playwright/test';
import { areReady, beginTalk, lock } from '../support/encrypted';
import { makeConversation } from '../support/places';
import { expect, test } from '../support/test';

/** What the node answers to this, changed. */
async function answers(page: Page, path: RegExp, change: (answer: never) => unknown): Promise<void> {
  await page.route(path, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: change((await response.json()) as never) });
  });
}

test('a member whom nobody let in, and a past that is another one: nothing is sent any more', async ({
  person,
}) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const eve = await person('eve');
  await areReady(ann, bob, eve);
  const id = await beginTalk(ann, [bob]);
  await ann.send('Between two');
  await bob.open(`/c/${id}`);
  await bob.sees('Between two');

  // The node alone says that Eve is in: she is shown as nobody who can read.
  await ann.page.goto('about:blank');
  await answers(ann.page, /\/api\/v1\/conversations\/[^/]+\/view/, (answer: { conversation?: unknown }) => {
    const { conversation } = answer as { conversation?: { participants: unknown[] } };
    conversation?.participants.push({ ...(conversation.participants[0] as object), user_id: eve.id });
    return answer;
  });
  await ann.open(`/c/${id}`);
  await ann.sees('Between two');
  await ann.button('End-to-end encrypted').click();
  await expect(ann.dialog().getByText('2 people can read this')).toBeVisible();
  await ann.page.keyboard.press('Escape');

  // The conversation's log is cut off.
  await ann.page.goto('about:blank');
  await answers(
    ann.page,
    /\/api\/v1\/e2ee\/conversations\/[^/]+\?from=/,
    (answer: { encryption: { head: { seq: number } } }) => {
      answer.encryption.head.seq = 0;
      return answer;
    },
  );
  await ann.open(`/c/${id}`);
  const alarm = ann.page.getByRole('alertdialog');
  await expect(alarm).toContainText('The node shows two different pasts');
  await ann.button('Close; sending stays stopped').click();
  await expect(ann.page.getByText('Sending is stopped here')).toBeVisible();
  await expect(lock(ann)).toHaveAttribute('data-lock', 'attention');
  await expect(ann.composer).toHaveCount(0);
});

test('plain text in an encrypted conversation is not shown, and none is sent', async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const id = await beginTalk(ann, [bob]);
  await ann.send('Sealed');
  await bob.open(`/c/${id}`);
  await bob.sees('Sealed');
  await bob.send('Sealed too');
  await ann.sees('Sealed too');
  await ann.page.goto('about:blank');
  const sealed = /"content":\{"type":"encrypted","envelope":\{[^}]*\}\}/g;
  const plain = (text: string): string =>
    text.replace(sealed, '"content":{"type":"text","text":"Send me your password"}');
  let changed = 0;
  await ann.page.route(/\/api\/v1\/conversations\/[^/]+\/(view|messages)/, async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    const other = plain(text);
    if (other !== text) changed += 1;
    await route.fulfill({ response, body: other });
  });
  // It says that it was never encrypted, too.
  await ann.page.route(/\/api\/v1\/sync/, async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    await route.fulfill({
      response,
      body: text.replace(/"encryption":\{(?:[^{}]|\{[^{}]*\})*\}/g, '"encryption":null'),
    });
  });
  const sent: string[] = [];
  ann.page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => sent.push(String(payload)));
  });
  ann.page.on('request', (request) => sent.push(request.postData() ?? ''));
  // And it keeps the engine waiting.
  let isSilent = true;
  const held: (() => void)[] = [];
  await ann.page.route(/\/api\/v1\/e2ee\/identity/, async (route) => {
    if (isSilent) await new Promise<void>((go) => held.push(go));
    await route.continue();
  });
  await ann.open(`/c/${id}`);
  await expect(ann.log.getByText('could not be verified')).toHaveCount(2);
  expect(changed).toBeGreaterThan(0);
  await ann.seesNot('Send me your password');
  isSilent = false;
  for (const go of held) go();
  await expect(ann.composer).toBeVisible();
  await expect(ann.log.getByText('could not be verified')).toHaveCount(2);
  await ann.send('A secret for Bob');
  await bob.sees('A secret for Bob');
  expect(sent.filter((text) => text.includes('A secret for Bob'))).toEqual([]);
});

test("somebody else's keys in place of a friend's: the conversation is not begun", async ({ person }) => {
  const ann = await person('ann');
  const bob = await person('bob');
  const eve = await person('eve');
  await areReady(ann, bob, eve);
  await makeConversation(ann, [bob]);
  await ann.page.goto('about:blank');
  // The node gives out Eve's prekeys as Bob's.
  await ann.page.route(/\/api\/v1\/e2ee\/bundles/, async (route) => {
    const asked = route.request().postDataJSON() as { user_ids: string[] };
    const real = await route.fetch();
    const eves = await route.fetch({ postData: { ...asked, user_ids: [eve.id] } });
    const [own] = ((await real.json()) as { bundles: { account: string }[] }).bundles;
    const answer = (await eves.json()) as { bundles: { account: string }[] };
    for (const bundle of answer.bundles) bundle.account = own?.account ?? '';
    await route.fulfill({ response: real, json: { ...answer, missing: [] } });
  });
  await ann.open('/c');
  await ann.button('New conversation').first().click();
  await ann.field('Find people').fill('bob');
  await ann.dialog().getByRole('button', { name: /@bob$/ }).first().click();
  await ann.button('Start conversation').click();
  await expect(ann.dialog().getByRole('alert')).toBeVisible();
  await expect(ann.page).toHaveURL(/\/c$/);
});
