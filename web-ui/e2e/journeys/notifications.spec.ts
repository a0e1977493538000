// What people hear of: levels and mutes, the list of what concerned them, push messages.
import { mkdir } from 'node:fs/promises';
import { uuidv7 } from '../../src/lib/uuid';
import { isAccessible } from '../support/axe';
import { areReady, beginTalk } from '../support/encrypted';
import type { Person } from '../support/person';
import { makeServer } from '../support/places';
import { deliver, PUSH_SETTINGS, PushService, shown } from '../support/push-service';
import { expect, PHONE } from '../support/test';
import { test } from '../support/trusting';

const FOLDER = '../artifacts/screens';

/** In both themes, looked over by axe. */
async function shoot(person: Person, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const theme of ['light', 'dark'] as const) {
    await person.wears(theme);
    await person.page.screenshot({ path: `${FOLDER}/${name}-${theme}.png`, animations: 'disabled' });
  }
  await person.wears('light');
  await isAccessible(person, name);
}

const say = (by: Person, conversation_id: string, text: string, reply_to?: string) =>
  by.api<{ id: string }>('POST', '/messages', {
    id: uuidv7(),
    conversation_id,
    content: { type: 'text', text },
    ...(reply_to && { reply_to }),
  });

test('a muted room is greyed on all devices, and still shows who calls', async ({ member, person }) => {
  const ann = await member('ann');
  const bob = await person('bob');
  const home = await makeServer('Harbour', ann, bob);
  await ann.open('/c');
  const phone = await ann.another();
  await phone.open(`/s/${home.serverId}`);
  await ann.open(home.path);
  await ann.button('Notifications').click();
  const mute = ann.dialog('Notifications').getByRole('button', { name: 'Until I switch it on' });
  await expect(mute).toBeVisible();
  await shoot(ann, 'notify-room');
  await mute.click();
  await expect(ann.dialog('Notifications')).toContainText('Muted until you switch it on again');
  await ann.page.keyboard.press('Escape');
  await expect(phone.rooms.getByRole('link', { name: /general.*Muted/ })).toBeVisible();

  await ann.open('/c');
  const rail = ann.rail.getByRole('link', { name: /^Harbour/ });
  await say(bob, home.roomId, 'nothing much');
  await expect(rail).toHaveAccessibleName('Harbour');
  await say(bob, home.roomId, `<@${ann.id}> the boat is here`);
  await expect(rail).toHaveAccessibleName('Harbour, 1 for you');

  // and of a server, from its menu
  await ann.open(home.path);
  await ann.button('Harbour', { exact: false }).first().click();
  await ann.page.getByRole('menuitem', { name: 'Notifications' }).click();
  await ann.dialog('Notifications').getByLabel('All messages').check();
  await ann.page.keyboard.press('Escape');
  await expect
    .poll(async () => (await ann.api<{ levels: unknown[] }>('GET', '/notifications/settings')).levels.length)
    .toBe(2);
});

test('what concerned somebody stands in the list, leads to the message and is read on all devices', async ({
  member,
  person,
}) => {
  const ann = await member('ann');
  const bob = await person('bob', { name: 'Bob Lind' });
  const home = await makeServer('Harbour', ann, bob);
  await ann.open('/c');
  await ann.button('Activity').click();
  await expect(ann.dialog('Activity')).toContainText('Nothing yet');
  await ann.page.keyboard.press('Escape');

  const own = await say(ann, home.roomId, 'who takes the boat?');
  await say(bob, home.roomId, 'I do', own.id);
  await say(bob, home.roomId, `<@${ann.id}> and **you** come along`);
  await bob.api('POST', `/messages/${own.id}/react`, { emoji: '⛵' });
  await expect(ann.button('Activity, 3 new')).toBeVisible();
  const other = await ann.another();
  await other.open('/c');
  await expect(other.button('Activity, 3 new')).toBeVisible();
  await ann.button('Activity, 3 new').click();
  const list = ann.dialog('Activity').getByRole('list', { name: 'Activity' });
  await expect(list.getByRole('listitem')).toHaveCount(3);
  await expect(list).toContainText('Bob Lind reacted ⛵');
  await expect(list).toContainText('and you come along');
  await shoot(ann, 'activity');
  await list.getByText('mentioned you').click();
  await ann.sees('come along');
  await expect(ann.page).toHaveURL(new RegExp(`${home.path}/3$`));
  // both messages are read now, the reaction is not
  await expect(other.button('Activity, 1 new')).toBeVisible();
  await other.button('Activity, 1 new').click();
  await other.button('Mark all as read').click();
  await expect(ann.button('Activity')).toBeVisible();
});

test('settings: quiet hours, what push messages say, the sound', async ({ member }) => {
  const ann = await member('ann');
  await ann.open('/settings/notifications');
  await expect(ann.page.getByText(/This browser (can't|forbids notifications)/)).toBeVisible();
  await ann.page.getByRole('switch', { name: 'Keep quiet at night or at work' }).check();
  await ann.page.getByText('Sat', { exact: true }).click();
  await ann.field('From').fill('23:30');
  await ann.field('From').blur();
  const quiet = async () =>
    (await ann.api<{ settings: { quiet: unknown } }>('GET', '/notifications/settings')).settings.quiet;
  await expect.poll(quiet).toEqual({ from: 1_410, to: 420, zone: 'Europe/Oslo', days: [1, 2, 3, 4, 5, 7] });
  await ann.page.getByRole('switch', { name: 'Show what was written', exact: false }).uncheck();
  await expect
    .poll(
      async () =>
        (await ann.api<{ settings: { show_content: boolean } }>('GET', '/notifications/settings')).settings
          .show_content,
    )
    .toBe(false);
  await shoot(ann, 'settings-notifications');
  await ann.page.setViewportSize({ width: 375, height: 740 });
  await shoot(ann, 'phone-settings-notifications');
});

test.describe('push messages', () => {
  test.use({ settings: PUSH_SETTINGS });

  test('reach a device that nobody looks at, and lead to the message', async ({ trusting, person }) => {
    const service = await PushService.start();
    const ann = await trusting('ann', PHONE);
    const bob = await person('bob', { name: 'Bob Lind' });
    const home = await makeServer('Harbour', ann, bob);
    await ann.page.context().grantPermissions(['notifications']);
    await service.serve(ann.page);
    await ann.open('/settings/notifications');
    const push = ann.page.getByRole('switch', { name: 'Push messages', exact: true });
    await expect(push).not.toBeChecked();
    await push.click();
    await expect(ann.page.getByText('This device is told, also while Snug is closed.')).toBeVisible();
    await shoot(ann, 'phone-settings-push');
    await ann.button('Send one to try').click();
    await expect.poll(() => service.pushed.length).toBe(1);
    expect(service.pushed[0]).toEqual({ type: 'test' });
    await deliver(ann.page, service.pushed[0]);
    await expect
      .poll(() => shown(ann.page))
      .toMatchObject([{ title: 'Snug', body: 'Push messages reach this device.' }]);

    // the check-up sends one too and waits for it
    await ann.open('/admin/checkup');
    await ann.button('Check now').click();
    await expect.poll(() => service.pushed.length).toBe(2);
    await deliver(ann.page, service.pushed.pop());
    await expect(ann.page.getByText(/^A push message came by way of its push service/)).toBeVisible();
    await expect(ann.page.getByText(/The push service https:..localhost:\d+ answers/)).toBeVisible();

    // whoever looks at it needs none
    await ann.open('/c');
    await ann.page.mouse.move(5, 5);
    await ann.page.waitForTimeout(500);
    await say(bob, home.roomId, `<@${ann.id}> are you there?`);
    await ann.page.waitForTimeout(1_500);
    expect(service.pushed).toHaveLength(1);

    // closed
    await ann.page.goto('about:blank');
    await say(bob, home.roomId, `<@${ann.id}> the *boat* is here`);
    await expect.poll(() => service.pushed.length, { timeout: 15_000 }).toBe(2);
    expect(service.pushed[1]).toMatchObject({ sender: 'Bob Lind', count: 2, badge: 2 });
    await ann.open('/c');
    await deliver(ann.page, service.pushed[1]);
    await expect
      .poll(async () => (await shown(ann.page)).find(({ tag }) => tag === home.roomId))
      .toMatchObject({ title: '#general · Harbour' });

    // a click on it goes to the message; a browser lets only real clicks bring a window to the front
    const worker = ann.page.context().serviceWorkers().at(-1);
    await worker?.evaluate(async (tag) => {
      const scope = globalThis as unknown as { registration: ServiceWorkerRegistration };
      const all = await scope.registration.getNotifications();
      const notification = all.find((one) => one.tag === tag);
      if (!notification) throw new Error(`only ${all.map((one) => one.tag)}`);
      const Click = (
        globalThis as unknown as { NotificationEvent: new (name: string, init: object) => Event }
      ).NotificationEvent;
      dispatchEvent(new Click('notificationclick', { notification }));
    }, home.roomId);
    await expect(ann.page).toHaveURL(new RegExp(`${home.path}/2$`));
    await ann.sees('boat');
    await expect.poll(async () => (await shown(ann.page)).some(({ tag }) => tag === home.roomId)).toBe(false);

    // signed out: nothing more
    await ann.open('/c');
    await ann.chooseOwn('Sign out');
    await expect(ann.button('Sign in')).toBeVisible();
    await say(bob, home.roomId, `<@${ann.id}> still there?`);
    await bob.page.waitForTimeout(1_500);
    expect(service.pushed).toHaveLength(2);
    service.stop();
  });

  test('of an encrypted conversation say who wrote and nothing else', async ({ trusting, member }) => {
    const service = await PushService.start();
    const ann = await trusting('ann');
    const bob = await member('bob');
    await areReady(ann, bob);
    await ann.page.context().grantPermissions(['notifications']);
    await service.serve(ann.page);
    await ann.open('/settings/notifications');
    await ann.page.getByRole('switch', { name: 'Push messages', exact: true }).click();
    await expect(ann.page.getByText('This device is told', { exact: false })).toBeVisible();
    await beginTalk(bob, [ann]);
    await ann.page.goto('about:blank');
    await bob.send('the secret word');
    await expect.poll(() => service.pushed.length, { timeout: 20_000 }).toBeGreaterThan(0);
    const last = service.pushed.at(-1);
    expect(last).toMatchObject({ type: 'message', sender: 'Bob' });
    expect(JSON.stringify(service.pushed)).not.toContain('secret');
    await ann.open('/settings/notifications');
    await deliver(ann.page, last);
    await expect.poll(() => shown(ann.page)).toMatchObject([{ title: 'Bob', body: 'New message' }]);
    service.stop();
  });
});

test('a page that is open but out of sight shows what was said, also of encrypted conversations', async ({
  trusting,
  member,
}) => {
  const ann = await trusting('ann');
  const bob = await member('bob');
  await ann.page.context().grantPermissions(['notifications']);
  await ann.open('/settings/notifications');
  await ann.page.getByRole('switch', { name: 'Show notifications' }).click();
  await beginTalk(bob, [ann]);
  await ann.open('/c');
  await expect(ann.conversations.getByRole('link')).toHaveCount(1);
  // out of sight, as far as the page can tell
  await ann.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await bob.send('high water at nine');
  await expect.poll(() => shown(ann.page)).toMatchObject([{ title: 'Bob', body: 'high water at nine' }]);
  // read elsewhere: it goes away
  const { conversations } = await ann.api<{ conversations: { id: string }[] }>('GET', '/conversations');
  await ann.api('POST', `/conversations/${conversations[0]?.id}/read`, { seq: 1 });
  await expect.poll(() => shown(ann.page)).toEqual([]);
});
