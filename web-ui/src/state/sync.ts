// Boots and keeps the state: GET /sync, then the socket with the cursors of that answer.
import { ApiError } from '../api/errors';
import type { Resumed, StreamEvent } from '../api/events';
import { api, take } from '../api/http';
import { session } from '../api/session';
import { Socket } from '../api/socket';
import type { Id, Message } from '../api/types';
import { apply, applyEphemeral } from './apply';
import { database } from './database';
import { drafts } from './drafts';
import { edge } from './edge';
import { live } from './live';
import { loadSync, omit } from './load';
import { offline } from './offline';
import { Outbox, type OutboxEntry } from './outbox';
import { seenEncrypted } from './seen-encrypted';
import { emptyState, store } from './store';

/** How long missed events may take to arrive after their announcement before they are asked for again. */
const CATCH_UP_MS = 3_000;
const SYNC_RETRY_MS = 4_000;

let idle = false;
let resuming = new Set<Id>();
let loading: Promise<void> | null = null;
let sweeping: ReturnType<typeof setInterval> | undefined;

export const socket = new Socket({
  token: (renew) => (renew ? session.refresh() : session.freshToken()),
  cursors: () => store.getState().cursors,
  isIdle: () => idle,
  event: receive,
  ephemeral: (event) => store.setState((state) => applyEphemeral(state, event, Date.now())),
  resumed,
  online: () => {
    resuming = new Set();
    outbox.setOnline(true);
    if (store.getState().isKept) reloadUntilDone();
  },
  signedOut: () => session.forget(),
});

export const outbox = new Outbox({
  send: async (entry) =>
    (await edge.mustSeal(entry.conversation_id))
      ? edge.send(entry)
      : socket.request<Message>('message.send', {
          id: entry.id,
          conversation_id: entry.conversation_id,
          content: entry.content,
          reply_to: entry.reply?.id ?? null,
        }),
  save: (entry) => database.put('outbox', entry),
  remove: (id) => database.remove('outbox', id),
  load: () => database.all<OutboxEntry>('outbox'),
});

socket.subscribe(() => outbox.setOnline(socket.isOnline));
live.listen({ event: (event) => outbox.event(event) });

/**
 * Loads everything and connects. Called once the session is there; while the node does not answer it is what this
 * device has kept.
 */
export async function startSync(): Promise<void> {
  store.setState({ ...emptyState }, true);
  const { userId } = session;
  seenEncrypted.use(userId ?? null);
  offline.use(userId ?? null);
  const refusal = await begin();
  if (session.userId !== userId) return;
  if (refusal !== null) {
    store.setState({ phase: 'failed' });
    // A node that refuses will not change its mind at once, one that is away may be back soon.
    const pause = refusal instanceof ApiError ? 15_000 : SYNC_RETRY_MS;
    setTimeout(() => session.userId === userId && startSync(), pause);
    return;
  }
  clearInterval(sweeping);
  sweeping = setInterval(sweepTyping, 1_000);
  socket.start();
  const me = store.getState().me?.user.id;
  if (me !== undefined) await outbox.start(me).catch(() => undefined);
}

/** Brings something to show; answers why there is nothing, or null. */
async function begin(): Promise<unknown> {
  if (session.getSnapshot().status === 'away' && (await carryOn())) return null;
  try {
    await reload();
    return null;
  } catch (error) {
    return !(error instanceof ApiError) && (await carryOn()) ? null : error;
  }
}

/** Goes on with what this device has kept, if it has. */
async function carryOn(): Promise<boolean> {
  const kept = await offline.state();
  if (kept) store.setState({ ...emptyState, ...kept, phase: 'ready', isKept: true }, true);
  return kept !== null;
}

/** The session is over: nothing of it stays in memory, and after a wished sign-out nothing on the disk. */
export function stopSync(): void {
  socket.stop();
  clearInterval(sweeping);
  outbox.setOnline(false);
  store.setState({ ...emptyState }, true);
  seenEncrypted.use(null);
  offline.use(null);
}

/** What a sign-out leaves behind on this device: nothing. */
export async function clearDevice(): Promise<void> {
  drafts.clear();
  await endPush().catch(() => undefined);
  await edge.leave();
  await database.clear('outbox').catch(() => undefined);
  await offline.clear();
}

/** Nothing is pushed to a browser that nobody is signed in with. The node stops by itself when the session ends. */
async function endPush(): Promise<void> {
  const here = await navigator.serviceWorker?.getRegistration();
  await (await here?.pushManager?.getSubscription())?.unsubscribe();
  for (const shown of (await here?.getNotifications()) ?? []) shown.close();
}

export function setIdle(isIdle: boolean): void {
  if (idle === isIdle) return;
  idle = isIdle;
  socket.tell('presence.idle', { idle });
}

/** Loads the whole state again. One request at a time. */
export function reload(): Promise<void> {
  loading ??= load().finally(() => {
    loading = null;
  });
  return loading;
}

/** Without the whole state a gap stays. A new connection asks by itself. */
function reloadUntilDone(): void {
  reload().catch(() =>
    setTimeout(() => {
      if (socket.isOnline) reloadUntilDone();
    }, SYNC_RETRY_MS),
  );
}

async function load(): Promise<void> {
  await session.freshToken();
  const sync = await take(api.GET('/api/v1/sync'));
  const { cursors: before, isKept } = store.getState();
  store.setState((state) => loadSync(state, sync), true);
  const moved = Object.keys(sync.streams).filter(
    (id) => id in before && (isKept || before[id] !== sync.streams[id]),
  );
  live.reload(new Set(moved));
  // Events that were applied while the answer was under way are not in it: ask for them again.
  if (socket.isOnline) resume(Object.keys(sync.streams));
}

/** What is sealed is opened first; all of its stream waits for it. */
function receive(event: StreamEvent): void {
  if (!edge.hold(event, takeIn)) takeIn(event);
}

function takeIn(event: StreamEvent): void {
  const { state, outcome } = apply(store.getState(), event);
  if (outcome === 'gap') {
    if (!resuming.has(event.s)) resume([event.s]);
    return;
  }
  if (outcome !== 'applied') return;
  store.setState(state, true);
  live.event(event);
}

function resume(streams: Id[]): void {
  const known = store.getState().cursors;
  const cursors = Object.fromEntries(streams.map((id) => [id, known[id] ?? 0]));
  for (const id of streams) resuming.add(id);
  socket
    .request<Resumed>('resume', { cursors })
    .then(resumed)
    .catch(() => undefined)
    .finally(() => {
      for (const id of streams) resuming.delete(id);
    });
}

function resumed({ streams, reload: stale, gone }: Resumed): void {
  const { cursors } = store.getState();
  const isGone = gone.some((id) => id in cursors);
  if (stale.length > 0 || isGone) {
    live.reload(new Set(stale));
    reloadUntilDone();
    return;
  }
  setTimeout(() => catchUp(streams), CATCH_UP_MS);
}

/** Some time after an announcement: is everything here that was announced? */
function catchUp(announced: Record<Id, number>): void {
  if (!socket.isOnline) return;
  const { cursors } = store.getState();
  const behind = Object.keys(announced).filter((id) => (cursors[id] ?? -1) < (announced[id] ?? 0));
  if (behind.some((id) => !(id in cursors))) reloadUntilDone();
  else if (behind.length > 0) resume(behind);
}

function sweepTyping(): void {
  const { typing } = store.getState();
  const now = Date.now();
  let next = typing;
  for (const [conversationId, users] of Object.entries(typing)) {
    for (const [userId, until] of Object.entries(users)) {
      if (until > now) continue;
      next = { ...next, [conversationId]: omit(next[conversationId] ?? {}, userId) };
    }
  }
  if (next !== typing) store.setState({ typing: next });
}
