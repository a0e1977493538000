// Encryption in this tab: the engine with the real node, the app's state, and the worker that holds the keys.
import type { StreamEvent } from '../api/events';
import { api, take } from '../api/http';
import type { Content, Id, Message, User } from '../api/types';
import { mentionChanged } from '../state/apply';
import { edge, type Opener } from '../state/edge';
import { live } from '../state/live';
import { remember } from '../state/load';
import { seenEncrypted } from '../state/seen-encrypted';
import { store } from '../state/store';
import { socket } from '../state/sync';
import { Engine } from './actions';
import { type PlainConversation, Queues, type TabMessage } from './core';
import { encryptionStore, serve } from './engine';
import { type EncryptionEvent, takeEvent } from './events';
import { endKeyWorker, keyWorker } from './key-worker';
import { emptyEncryption, type PhaseReason } from './model';
import type { EnvelopeJson } from './node-api';
import { restNode } from './node-rest';

const RETRY_MS = 15_000;
const HOUSEKEEPING_MS = 6 * 3_600_000;
/** Conversations that are looked at in the background after a start. */
const LOOKED_AT = 30;

interface Running {
  engine: Engine;
  stop(): void;
}
let running: Running | null = null;

/** Begins; the signed-in user is in the state already. */
export function startEncryption(): void {
  const me = store.getState().me?.user;
  if (!me || running) return;
  const reason = unsupported();
  if (reason) {
    encryptionStore.setState({ ...emptyEncryption, phase: 'unsupported', reason }, true);
    edge.nobody();
    return;
  }
  const own = keyWorker(me.id);
  const channel = globalThis.BroadcastChannel ? new BroadcastChannel(`snug.e2ee.${me.id}`) : null;
  const [seen, late] = noting();
  const engine = new Engine({
    me,
    ask: (name, input) => own.worker.ask(name, input),
    node: restNode,
    state: encryptionStore,
    now: Date.now,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    lock: async (name, work) =>
      navigator.locks ? await navigator.locks.request(`snug.e2ee.${me.id}.${name}`, work) : work(),
    conversation: plainConversation,
    seen,
    encrypted() {
      const { conversations, rooms } = store.getState();
      return [...Object.keys(conversations), ...Object.keys(rooms)].filter((id) => edge.isEncrypted(id));
    },
    user: async (id): Promise<User> =>
      store.getState().users[id] ?? take(api.GET('/api/v1/users/{id}', { params: { path: { id } } })),
    reopened,
    named,
    tell: (message) => channel?.postMessage(message),
    random: Math.random,
  });
  const started = engine
    .start(own.hasSlot)
    .catch(() => undefined)
    .finally(() => {
      own.hasSlot = false;
    });
  if (channel) channel.onmessage = ({ data }: MessageEvent<TabMessage>) => engine.heard(data);
  const disconnect = connect(engine, started);
  const stop = () => {
    disconnect();
    channel?.close();
  };
  running = { engine, stop };
  serve(engine);
  edge.use(openerOf(engine, started));
  // What came too early for the engine, or for what it knows, is loaded once more.
  void started.then(() => live.reload(new Set([...edge.missed(), ...late])));
  void navigator.storage?.persist?.().catch(() => false);
}

/** Signed out: nothing of it stays in memory. */
export function stopEncryption(): void {
  running?.stop();
  running?.engine.end();
  running = null;
  serve(null);
  edge.use(null);
  endKeyWorker();
  encryptionStore.setState(emptyEncryption, true);
}

function unsupported(): PhaseReason | null {
  if (!globalThis.isSecureContext) return 'insecure_page';
  if (typeof Worker === 'undefined' || !globalThis.crypto?.subtle) return 'old_browser';
  return typeof indexedDB === 'undefined' ? 'no_storage' : null;
}

/** What was seen encrypted, and which conversations were not known to be until the engine said so. */
function noting() {
  const late = new Set<Id>();
  const seen = {
    has: (id: Id) => seenEncrypted.has(id),
    since: (id: Id) => seenEncrypted.since(id),
    clear: () => seenEncrypted.clear(),
    note(id: Id, seq?: number) {
      const wasEncrypted = edge.isEncrypted(id);
      if (!wasEncrypted) late.add(id);
      return seenEncrypted.note(id, seq);
    },
  };
  return [seen, late] as const;
}

/** Follows the node's events and the connection. */
function connect(engine: Engine, started: Promise<void>): () => void {
  const queues = new Queues();
  /** What a conversation is called, and who is in it, is wanted before anything is read there. */
  const look = (id: Id) => {
    if (edge.isEncrypted(id) && engine.account.isReady) {
      void engine.conversations.prepare(id).catch(() => undefined);
    }
  };
  const offLive = live.listen({
    event(event) {
      if (event.ev.startsWith('e2ee.')) {
        const told = event as unknown as EncryptionEvent;
        void queues
          .run(event.s, async () => {
            await started;
            await takeEvent(engine, told);
          })
          .catch(() => undefined);
      }
      if (event.ev === 'message.deleted') engine.opening.deleted(event.d);
      if (event.ev === 'conversation.joined') void started.then(() => look(event.d.conversation.id));
      if (event.ev === 'conversation.updated') void started.then(() => look(event.d.id));
      if (event.ev === 'conversation.left') engine.forget(event.d.conversation_id);
      if (event.ev === 'room.left') engine.forget(event.d.room_id);
      if (event.ev === 'member.left' || event.ev === 'member.updated') obeyIn(engine, event.d.server_id);
    },
    reload: () => engine.outdate(),
  });
  /** The connection may go again meanwhile: then it is tried once more. */
  let isBehind = false;
  const catchUp = async () => {
    await started;
    if (encryptionStore.getState().phase === 'failed') return engine.start(false);
    isBehind = true;
    await engine.catchUp();
    isBehind = false;
  };
  const offSocket = socket.subscribe(() => {
    if (socket.isOnline) void catchUp().catch(() => undefined);
  });
  const offStore = store.subscribe(({ conversations }, before) => {
    if (conversations !== before.conversations) keepNames();
  });
  const offPhase = encryptionStore.subscribe(({ phase }, before) => {
    if (phase === 'ready' && before.phase !== 'ready') void lookAround(engine).catch(() => undefined);
  });
  const again = setInterval(() => {
    const isMissing = isBehind || engine.conversations.isBehind;
    if (encryptionStore.getState().phase === 'failed' || (isMissing && socket.isOnline))
      void catchUp().catch(() => undefined);
  }, RETRY_MS);
  const housekeeping = setInterval(() => {
    void engine.account.keepUp().catch(() => undefined);
  }, HOUSEKEEPING_MS);
  return () => {
    offLive();
    offSocket();
    offStore();
    offPhase();
    clearInterval(again);
    clearInterval(housekeeping);
  };
}

function openerOf(engine: Engine, started: Promise<void>): Opener {
  const { opening } = engine;
  const told = (id: Id, kind: 'edit' | 'react' | 'del', fields: Record<string, unknown>) => {
    const raw = opening.rawOf(id);
    return raw ? engine.sending.tell(raw, kind, kind, fields) : null;
  };
  return {
    async open(messages) {
      const here = await opening.openKept(messages).catch(() => null);
      const ids = [...new Set(messages.map(({ conversation_id }) => conversation_id))];
      const concerned = () => ids.filter((id) => edge.isEncrypted(id));
      void started
        .then(() => Promise.all(concerned().map((id) => engine.conversations.prepare(id))))
        .catch(() => undefined);
      if (here) return here;
      await started;
      return opening.open(messages);
    },
    async event(event) {
      await started;
      return openedEvent(engine, event);
    },
    async knows(id) {
      await started;
      return engine.conversations.isKnown(id);
    },
    async send({ conversation_id, id, content, reply }) {
      await started;
      return engine.sending.send(conversation_id, id, content.text, reply);
    },
    edit: (id, { text }: Content) => told(id, 'edit', { body: text, md: true }),
    delete(id) {
      const isOwn = opening.rawOf(id)?.author_id === store.getState().me?.user.id;
      return isOwn ? told(id, 'del', {}) : null;
    },
    react: (id, emoji, isAdded) => told(id, 'react', { emoji, op: isAdded ? 'add' : 'remove' }),
    async leave() {
      await started;
      await engine.leaveDevice();
    },
  };
}

/** Somebody of a server is gone, or has other roles: they may not see all its rooms any more. */
function obeyIn(engine: Engine, serverId: Id): void {
  const { rooms } = store.getState();
  for (const id of engine.conversations.ids()) {
    if (rooms[id]?.server_id === serverId) void engine.conversations.obeyNode(id).catch(() => undefined);
  }
}

async function openedEvent(engine: Engine, event: StreamEvent): Promise<StreamEvent> {
  const { opening } = engine;
  if (event.ev === 'message.envelope') {
    const { message_id, envelope, edited_at } = event.d;
    const message = await opening.about(message_id, envelope as EnvelopeJson, edited_at);
    // Of a message that is not loaded: only the number of the event counts.
    return message ? { s: event.s, n: event.n, ev: 'message.updated', d: message } : event;
  }
  const [message] = await opening.open([event.d as Message], event.ev === 'message.created');
  return message ? ({ ...event, d: message } as StreamEvent) : event;
}

/** Messages became readable, or went: timelines, pins and counts hear of it as of a change. */
function reopened(messages: Message[]): void {
  for (const message of messages) {
    const { cursors } = store.getState();
    store.setState((state) => mentionChanged(state, message), true);
    const s = message.conversation_id;
    live.event({ s, n: cursors[s] ?? 0, ev: 'message.updated', d: message });
  }
}

function plainConversation(id: Id): PlainConversation | null {
  const { conversations, rooms } = store.getState();
  const isEncrypted = edge.isEncrypted(id);
  const conversation = conversations[id];
  if (conversation) {
    const { kind, name, participants } = conversation;
    return { kind, name, participants, isEncrypted };
  }
  const room = rooms[id];
  return room ? { kind: 'room', name: room.name, participants: [], isEncrypted } : null;
}

/** The name of an encrypted group stands in the state like any other. */
function named(id: Id, name: string | null): void {
  const conversation = store.getState().conversations[id];
  if (conversation && conversation.name !== name) remember.conversation({ ...conversation, name });
}

function keepNames(): void {
  const { conversations } = store.getState();
  for (const [id, { name, kind }] of Object.entries(encryptionStore.getState().conversations)) {
    const known = conversations[id];
    if (kind === 'group' && name !== null && known && known.name !== name) named(id, name);
  }
}

/** Names of groups, and unread mentions: what the node cannot tell. */
async function lookAround(engine: Engine): Promise<void> {
  const { conversations, readStates } = store.getState();
  const sealed = Object.values(conversations)
    .filter(({ id }) => edge.isEncrypted(id))
    .sort((a, b) => (readStates[b.id]?.last_message_at ?? 0) - (readStates[a.id]?.last_message_at ?? 0))
    .slice(0, LOOKED_AT);
  for (const { id } of sealed) {
    await engine.conversations.prepare(id).catch(() => undefined);
    const readState = store.getState().readStates[id];
    if (!readState || readState.last_seq <= readState.read_seq) continue;
    const messages = await restNode.history50(id, Number.MAX_SAFE_INTEGER);
    for (const message of await engine.opening.open(messages)) {
      if (message.seq > readState.read_seq) store.setState((state) => mentionChanged(state, message), true);
    }
  }
}
