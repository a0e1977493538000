// Push messages: shows them, one notification for each conversation, and goes where they lead. What the node seals into one is
// in src/notifications/push/payload.rs.
import type { ServiceWorkerScope, SubscriptionChange } from './scope';
import { texts } from './texts';

export interface Words {
  type: 'message';
  conversation_id: string;
  url: string;
  sender: string;
  kind: 'direct' | 'group' | 'room';
  place?: string;
  server?: string;
  text?: string;
  /** How many of the conversation wait. */
  count: number;
  /** How many wait in all. */
  badge: number;
  at: number;
}

const ICON = '/icons/icon-192.png';

/** What a notification says. */
export function said(words: Words): { title: string; body: string } {
  const { sender, kind, place, server, count } = words;
  const text = words.text ?? texts.newMessage;
  const more = count > 1 ? `\n${texts.waiting(count)}` : '';
  if (kind === 'direct') return { title: sender, body: text + more };
  const where = kind === 'room' ? `#${place}${server ? ` · ${server}` : ''}` : (place ?? texts.group);
  return { title: where, body: `${sender}: ${text}${more}` };
}

/** Only addresses of the app's own conversations. */
const isPlace = (url: unknown): url is string => typeof url === 'string' && /^\/[cs]\/[\w/-]*$/.test(url);

function isWords(data: unknown): data is Words {
  const words = data as Words | null;
  return words?.type === 'message' && typeof words.sender === 'string' && isPlace(words.url);
}

/** Browsers want something to be shown for every push message, so there is something for one that is not understood. */
export async function pushed(scope: ServiceWorkerScope, data: unknown): Promise<void> {
  const { registration } = scope;
  if (!isWords(data)) {
    const isTest = (data as { type?: unknown } | undefined)?.type === 'test';
    await registration.showNotification('Snug', {
      body: isTest ? texts.works : texts.newMessage,
      icon: ICON,
      tag: isTest ? 'test' : 'unknown',
    });
    if (isTest) for (const one of await windows(scope)) one.postMessage({ type: 'tried' });
    return;
  }
  const { title, body } = said(data);
  const options = {
    body,
    icon: ICON,
    badge: ICON,
    tag: data.conversation_id,
    // A newer one of the same conversation takes the place of the one before, and is heard all the same.
    renotify: true,
    timestamp: data.at,
    data: { url: data.url },
  };
  await registration.showNotification(title, options as NotificationOptions);
  await setBadge(data.badge);
}

/** Not every browser has one. */
async function setBadge(count: number): Promise<void> {
  const { setAppBadge } = navigator as Partial<Pick<Navigator, 'setAppBadge'>>;
  if (count > 0) await setAppBadge?.call(navigator, count).catch(() => undefined);
}

const windows = (scope: ServiceWorkerScope) =>
  scope.clients.matchAll({ type: 'window', includeUncontrolled: true });

/** To the message: in a window that is there, else in a new one. */
export async function clicked(scope: ServiceWorkerScope, notification: Notification): Promise<void> {
  notification.close();
  const { url } = (notification.data ?? {}) as { url?: unknown };
  const path = isPlace(url) ? url : '/';
  const all = await windows(scope);
  const best = all.find((one) => one.focused) ?? all.find((one) => one.visibilityState === 'visible');
  const there = best ?? all[0];
  if (!there) {
    await scope.clients.openWindow(path);
    return;
  }
  there.postMessage({ type: 'go', url: path });
  await there.focus().catch(() => undefined);
}

/** Asks for a new subscription in place of one that was given up. Where that fails, the app asks when it is next opened. */
export async function renewed(scope: ServiceWorkerScope, change: SubscriptionChange): Promise<void> {
  const old = change.oldSubscription;
  if (!old) return;
  const { applicationServerKey } = old.options;
  const wanted = { userVisibleOnly: true, applicationServerKey };
  const next = change.newSubscription ?? (await scope.registration.pushManager.subscribe(wanted));
  await fetch('/api/v1/notifications/push/renew', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ old: asked(old), new: asked(next) }),
  });
}

function asked(subscription: PushSubscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth } };
}
