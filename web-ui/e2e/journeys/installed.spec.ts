// The app without the node: installed, started offline, exchanged for a newer one, taken as a target for sharing.
import { mkdir } from 'node:fs/promises';
import { uuidv7 } from '../../src/lib/uuid';
import { beginTalk } from '../support/encrypted';
import { keeps } from '../support/kept';
import type { Person } from '../support/person';
import { makeServer } from '../support/places';
import { expect, PHONE } from '../support/test';
import { isKept, test } from '../support/trusting';

const FOLDER = '../artifacts/screens';
const OFFLINE = 'Offline: showing what this device has.';

async function shoot({ page }: Person, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await page.screenshot({ path: `${FOLDER}/${name}.png`, animations: 'disabled' });
}

test('the app can be installed, and its worker keeps nothing of the API', async ({ trusting }) => {
  const ann = await trusting('ann');
  const home = await makeServer('Harbour', ann);
  await ann.open(home.path);
  await ann.send('hello');
  const devtools = await ann.page.context().newCDPSession(ann.page);
  const { errors, data } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(JSON.parse(data ?? '{}')).toMatchObject({ name: 'Snug', start_url: '/', display: 'standalone' });
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  expect(installabilityErrors).toEqual([]);
  const kept = await ann.page.evaluate(async () => {
    const all: string[] = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) all.push(new URL(url).pathname);
    }
    return all;
  });
  expect(kept).toContain('/');
  expect(kept.length).toBeGreaterThan(50);
  expect(
    kept.filter((path) => !/^\/(assets\/|icons\/|favicon\.svg$|branding\.css$|custom\.css$|$)/.test(path)),
  ).toEqual([]);
});

test('a start without the node shows what was read, and what is written then goes out later', async ({
  node,
  trusting,
  member,
}) => {
  const ann = await trusting('ann');
  const bob = await member('bob');
  const home = await makeServer('Harbour', ann, bob);
  await bob.open(home.path);
  await bob.send('the tide is at nine');
  await ann.open(home.path);
  await ann.sees('the tide is at nine');
  const talk = await beginTalk(ann, [bob]);
  await ann.send('between the two of us');
  await bob.open(`/c/${talk}`);
  await bob.send('only you read this');
  await ann.sees('only you read this');
  await ann.open(home.path);
  await bob.open(home.path);
  await bob.send('and again at ten');
  await ann.sees('and again at ten');
  await keeps(ann.page, 'Harbour', talk, 'the tide is at nine', 'and again at ten', 'only you read this');

  for (const { watch } of [ann, bob]) watch.isCut = true;
  await ann.page.close();
  await node.kill();
  const later = await ann.another();
  await later.open(home.path);
  await later.reads('the tide is at nine', 'and again at ten');
  await expect(later.page.getByText(OFFLINE)).toBeVisible();
  await later.send('written offline');
  await shoot(later, 'offline-start');
  await later.open(`/c/${talk}`);
  await later.reads('between the two of us', 'only you read this');
  await later.send('sealed when it goes');
  await later.page.setViewportSize({ width: PHONE.width, height: PHONE.height });
  await shoot(later, 'phone-offline-start');
  await later.page.setViewportSize({ width: 1280, height: 800 });

  await node.restart();
  await expect(later.page.getByText(OFFLINE)).toHaveCount(0, { timeout: 60_000 });
  await later.reads('between the two of us', 'only you read this', 'sealed when it goes');
  await bob.reads('the tide is at nine', 'and again at ten', 'written offline');
  await bob.open(`/c/${talk}`);
  await bob.sees('sealed when it goes');
  await later.open(home.path);
  await later.reads('the tide is at nine', 'and again at ten', 'written offline');
});

test('what lies on the disk is sealed, and signing out leaves nothing of it', async ({ node, trusting }) => {
  const ann = await trusting('ann');
  const home = await makeServer('Harbour', ann);
  await ann.open(home.path);
  await ann.send('nobody reads this in passing');
  await keeps(ann.page, 'nobody reads this in passing');
  const stored = () =>
    ann.page.evaluate(async () => {
      const found: Record<string, string> = {};
      for (const { name = '' } of await indexedDB.databases()) {
        const database = await new Promise<IDBDatabase>((done, fail) => {
          const opening = indexedDB.open(name);
          opening.onsuccess = () => done(opening.result);
          opening.onerror = () => fail(opening.error);
        });
        for (const store of database.objectStoreNames) {
          const rows = await new Promise<unknown[]>((done) => {
            const asked = database.transaction(store).objectStore(store).getAll();
            asked.onsuccess = () => done(asked.result);
          });
          const text = (row: unknown) =>
            JSON.stringify(row, (_, one) =>
              one instanceof ArrayBuffer ? new TextDecoder().decode(one) : one,
            );
          if (rows.length > 0) found[`${name}/${store}`] = rows.map(text).join();
        }
        database.close();
      }
      return found;
    });
  const before = await stored();
  const own = Object.keys(before).filter((name) => name.startsWith('snug-offline.'));
  expect(own).toHaveLength(1);
  for (const text of Object.values(before)) expect(text).not.toContain('nobody reads this');

  await ann.chooseOwn('Sign out');
  await expect(ann.button('Sign in')).toBeVisible();
  await expect.poll(async () => Object.keys(await stored())).toEqual([]);
  const names = await ann.page.evaluate(() => Object.keys(localStorage));
  expect(names).not.toContain('snug.account');

  ann.watch.isCut = true;
  await node.kill();
  await ann.page.goto(home.path);
  await expect(ann.page.getByText("Snug can't be reached")).toBeVisible({ timeout: 20_000 });
  await ann.seesNot('nobody reads this');
  await node.restart();
  await expect(ann.button('Sign in')).toBeVisible({ timeout: 20_000 });
});

test('signed out without the node: nobody is signed in once it is back', async ({ node, trusting }) => {
  const ann = await trusting('ann');
  await ann.open('/c');
  await keeps(ann.page, ann.id);
  ann.watch.isCut = true;
  await node.kill();
  await ann.chooseOwn('Sign out');
  await expect(ann.button('Sign in')).toBeVisible();
  await node.restart();
  await ann.page.goto('/');
  await expect(ann.button('Sign in')).toBeVisible();
});

test('what is shared goes to the composer of the chosen conversation', async ({ trusting }) => {
  const ann = await trusting('ann', PHONE);
  const home = await makeServer('Harbour', ann);
  const asked: string[] = [];
  ann.page.context().on('request', (request) => asked.push(request.url()));
  await ann.open('/c');
  await isKept(ann);
  await ann.page.evaluate(() => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: '/share', enctype: 'multipart/form-data' });
    for (const [name, value] of [
      ['title', 'Tides'],
      ['text', 'High at nine'],
      ['url', 'https://tides.example/today'],
    ]) {
      const field = document.createElement('textarea');
      Object.assign(field, { name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  });
  await expect(ann.page.getByRole('heading', { name: 'Share to…' })).toBeVisible();
  await shoot(ann, 'phone-share');
  await ann.field('Find a conversation').fill('gene');
  await ann.page.getByRole('button', { name: /^#general/ }).click();
  await expect(ann.composer).toHaveValue('Tides\nHigh at nine\nhttps://tides.example/today');
  await expect(ann.page).toHaveURL(new RegExp(`${home.path}$`));
  expect(await ann.lines()).toEqual([]);
});

test('the badge of the app counts what calls for attention', async ({ trusting, person }) => {
  const ann = await trusting('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await ann.page.addInitScript(() => {
    const shown = globalThis as unknown as { badge: number };
    navigator.setAppBadge = async (count) => {
      shown.badge = count ?? -1;
    };
    navigator.clearAppBadge = async () => {
      shown.badge = 0;
    };
  });
  const badge = () => ann.page.evaluate(() => (globalThis as unknown as { badge: number }).badge);
  await ann.open('/c');
  await expect.poll(badge).toBe(0);
  const say = (text: string) =>
    bob.api('POST', '/messages', {
      id: uuidv7(),
      conversation_id: home.roomId,
      content: { type: 'text', text },
    });
  await say(`<@${ann.id}> the boat is here`);
  await expect.poll(badge).toBe(1);
  await ann.open(home.path);
  await ann.sees('the boat is here');
  await expect.poll(badge).toBe(0);
});
