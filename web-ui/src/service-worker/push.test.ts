import { expect, test, vi } from 'vitest';
import { clicked, pushed, renewed, said, type Words } from './push';
import type { ServiceWorkerScope, WindowClient } from './scope';

const words: Words = {
  type: 'message',
  conversation_id: 'direct-1',
  url: '/c/direct-1/7',
  sender: 'Ann',
  kind: 'direct',
  text: 'high water at nine',
  count: 1,
  badge: 3,
  at: 1_000,
};

test('what a notification says', () => {
  expect(said(words)).toEqual({ title: 'Ann', body: 'high water at nine' });
  expect(said({ ...words, count: 4 }).body).toBe('high water at nine\n4 messages wait');
  const room: Words = { ...words, kind: 'room', place: 'general', server: 'Harbour' };
  expect(said(room)).toEqual({ title: '#general · Harbour', body: 'Ann: high water at nine' });
  const { text: _, ...sealed } = words;
  expect(said(sealed)).toEqual({ title: 'Ann', body: 'New message' });
  expect(said({ ...sealed, kind: 'group' })).toEqual({ title: 'Group', body: 'Ann: New message' });
});

function aScope(windows: Partial<WindowClient>[] = []) {
  const shown = vi.fn<(title: string, options: NotificationOptions) => Promise<void>>(async () => undefined);
  const openWindow = vi.fn(async () => null);
  const subscribe = vi.fn(async () => ({
    toJSON: () => ({ endpoint: 'https://new', keys: { p256dh: 'k', auth: 'a' } }),
  }));
  const scope = {
    registration: { showNotification: shown, pushManager: { subscribe } },
    clients: { matchAll: async () => windows, openWindow },
  } as unknown as ServiceWorkerScope;
  return { scope, shown, openWindow, subscribe };
}

test('each conversation has one notification, and nonsense shows something', async () => {
  const { scope, shown } = aScope();
  await pushed(scope, words);
  expect(shown.mock.calls[0]?.[1]).toMatchObject({
    tag: 'direct-1',
    renotify: true,
    data: { url: '/c/direct-1/7' },
  });
  for (const nonsense of [undefined, null, 7, 'text', {}, { ...words, url: 'https://elsewhere.example/' }]) {
    await pushed(scope, nonsense);
    expect(shown).toHaveBeenLastCalledWith('Snug', expect.objectContaining({ body: 'New message' }));
  }
});

test('a try is shown, and told to whoever waits for it', async () => {
  const window = { postMessage: vi.fn() };
  const { scope, shown } = aScope([window]);
  await pushed(scope, { type: 'test' });
  expect(shown).toHaveBeenLastCalledWith('Snug', expect.objectContaining({ tag: 'test' }));
  expect(window.postMessage).toHaveBeenCalledWith({ type: 'tried' });
});

const notification = (url: string) => ({ close: vi.fn(), data: { url } }) as unknown as Notification;

test('a click goes to the message in the window that is there, or opens one', async () => {
  const window = {
    focused: false,
    visibilityState: 'hidden' as const,
    postMessage: vi.fn(),
    focus: vi.fn(async () => window as never),
  };
  const { scope, openWindow } = aScope([window]);
  await clicked(scope, notification('/c/direct-1/7'));
  expect(window.postMessage).toHaveBeenCalledWith({ type: 'go', url: '/c/direct-1/7' });
  expect(window.focus).toHaveBeenCalled();
  expect(openWindow).not.toHaveBeenCalled();
  const alone = aScope();
  await clicked(alone.scope, notification('/s/a/b/7'));
  expect(alone.openWindow).toHaveBeenCalledWith('/s/a/b/7');
  await clicked(alone.scope, notification('https://elsewhere.example/'));
  expect(alone.openWindow).toHaveBeenLastCalledWith('/');
});

test('a subscription that was given up is asked for anew', async () => {
  const asked = vi.fn<typeof fetch>(async () => new Response(null, { status: 204 }));
  vi.stubGlobal('fetch', asked);
  const { scope, subscribe } = aScope();
  const json = () => ({ endpoint: 'https://old', keys: { p256dh: 'ok', auth: 'oa' } });
  const old = { options: { applicationServerKey: null }, toJSON: json } as unknown as PushSubscription;
  await renewed(scope, { oldSubscription: old } as never);
  expect(subscribe).toHaveBeenCalled();
  expect(JSON.parse(String(asked.mock.calls[0]?.[1]?.body))).toEqual({
    old: { endpoint: 'https://old', keys: { p256dh: 'ok', auth: 'oa' } },
    new: { endpoint: 'https://new', keys: { p256dh: 'k', auth: 'a' } },
  });
  await renewed(scope, {} as never);
  expect(asked).toHaveBeenCalledTimes(1);
  vi.unstubAllGlobals();
});
