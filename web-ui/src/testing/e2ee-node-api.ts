// The node double's routes, as one session uses them.
import type { Id, Message } from '../api/types';
import { type Id as Bin, b64u, idFromUuid, uuidFromId } from '../crypto/encoding';
import type { BatchJson, HeadJson, NodeApi, PairingJson } from '../encryption/node-api';
import { headOf, type NodeDouble, type NodeSession, refuse, type VaultEntry } from './e2ee-node';

/** The node as one session sees it. */
export function nodeFor(node: NodeDouble, session: NodeSession): NodeApi {
  const own = () => node.account(session.user);
  const pairing = (id: Id) => {
    const known = node.pairings.get(id);
    if (!known || known.state === 'expired' || known.expires_at < node.now())
      return refuse(410, 'e2ee.pairing_expired');
    return known;
  };
  const copy = <T>(value: T): T => structuredClone(value);
  const plain = (known: ReturnType<typeof pairing>): PairingJson => {
    const { user: _, tries: __, session: ___, ...rest } = known;
    return copy(rest);
  };
  return {
    prelogin: async () => ({ account: session.user, salt: own().salt, m: 65_536, t: 3, p: 1 }),
    instanceKey: async () => b64u((await node.signer()).pub),
    identity: async () => node.identity(session),
    createIdentity: (change) => node.change(session, copy(change), true),
    changeIdentity: (change) => node.change(session, copy(change), false),
    async log(user, from) {
      const account = node.accounts.get(user);
      return copy({ links: account?.links.slice(from) ?? [], head: headOf(account?.log.hashes ?? []) });
    },
    async bundles({ user_ids, one_time }) {
      const all = user_ids.map((user) => node.bundle(user, one_time));
      return copy({
        bundles: all.filter((bundle) => bundle !== null),
        missing: user_ids.filter((_, index) => all[index] === null),
      });
    },
    async vault(after) {
      const items = [...own().vault.values()]
        .filter(({ version }) => version > after)
        .map(({ json }) => json);
      return copy({ items: node.mischief.vault?.(items) ?? items, version: own().version, has_more: false });
    },
    async putVault({ items, drop }) {
      for (const { kind, item } of drop) own().vault.delete(`${kind} ${item}`);
      return { version: node.putVault(session.user, copy(items) as VaultEntry[]) };
    },
    async startPairing({ device, mac }) {
      const id = crypto.randomUUID();
      const created_at = node.now();
      const made = {
        ...{ id, state: 'open' as const, mac, welcome: null, head: null, created_at },
        device: device as PairingJson['device'],
        expires_at: created_at + 600_000,
        ...{ user: session.user, tries: 0, session },
      };
      node.pairings.set(id, made);
      node.tell([session.user], { ev: 'e2ee.pairing', d: plain(made) });
      return plain(made);
    },
    pairings: async () =>
      [...node.pairings.values()]
        .filter(({ user, state }) => user === session.user && state === 'open')
        .map(plain),
    pairing: async (id) => plain(pairing(id)),
    async refusePairing(id) {
      const known = pairing(id);
      known.tries += 1;
      if (known.tries >= 3) known.state = 'expired';
    },
    async askReset() {
      const shares = [...node.conversations.values()].some((one) => node.members(one).includes(session.user));
      const asked_at = node.now();
      own().reset = { asked_at, ready_at: shares ? asked_at + 86_400_000 : asked_at };
      node.tell([session.user], { ev: 'e2ee.reset', d: { ready_at: own().reset?.ready_at ?? null } });
      return node.identity(session);
    },
    async cancelReset() {
      own().reset = null;
      node.tell([session.user], { ev: 'e2ee.reset', d: { ready_at: null } });
    },
    history: async () => [],
    devices: async () =>
      [...own().log.devices.values()].map(({ id, kind, until }) => ({
        id: uuidFromId(id),
        ...{ kind, added_at: 0, session: null },
        is_current: id === session.device,
        is_active: until === null,
      })),
    contact: async (code) => node.user(code),
    contactCode: async () => ({ code: session.user, previous: [] }),
    rotateContactCode: async () => ({ code: session.user, previous: [] }),
    async createConversation({ conversation_id, ...body }) {
      if (node.conversations.has(conversation_id))
        refuse(409, 'e2ee.exists', { conversationId: conversation_id });
      await node.grow(session, conversation_id, copy(body));
      return node.joined();
    },
    async conversation(id, from) {
      const { links, log, info } = node.conversation(id);
      const shown = node.mischief.links?.(links, session.user) ?? links;
      const until = node.mischief.withhold ?? shown.length;
      const hashes = log.hashes.slice(0, until);
      const head = headOf(hashes) as HeadJson;
      const epoch = log.epochs.filter(({ seq }) => seq < until).length;
      return copy({ encryption: { head, epoch, epoch_seq: 0, info }, links: shown.slice(from, until) });
    },
    async postLinks(id, body) {
      const { log, info } = await node.grow(session, id, copy(body));
      const head = headOf(log.hashes) as HeadJson;
      return { encryption: { head, epoch: log.epochs.length, epoch_seq: 0, info } };
    },
    async keys(id) {
      const account = idFromUuid(session.user);
      return copy([...node.conversation(id).wraps.values()].filter(({ wraps }) => wraps[0]?.a === account));
    },
    async ackKeys(id, items) {
      node.putVault(session.user, copy(items) as VaultEntry[], true);
      const { wraps } = node.conversation(id);
      for (const key of wraps.keys()) if (key.endsWith(idFromUuid(session.user))) wraps.delete(key);
    },
    async giveKeys(id, wraps) {
      const conversation = node.conversation(id);
      const batches = copy(wraps) as BatchJson[];
      node.keepWraps(conversation, batches);
      for (const { epoch, wraps: given } of batches) {
        const users = given.map(({ a }) => uuidFromId(a as Bin));
        node.tell(users, { ev: 'e2ee.key', d: { conversation_id: id, epochs: [epoch] } });
      }
    },
    async askKeys(id, epochs) {
      const conversation = node.conversation(id);
      conversation.rewraps.set(session.user, { user_id: session.user, epochs });
      const others = node.members(conversation).filter((user) => user !== session.user);
      node.tell(others, { ev: 'e2ee.rewrap', d: { conversation_id: id, user_id: session.user, epochs } });
    },
    rewraps: async () =>
      [...node.conversations.values()].flatMap((conversation) =>
        node.members(conversation).includes(session.user)
          ? [...conversation.rewraps.values()]
              .filter(({ user_id }) => user_id !== session.user)
              .map((one) => ({ conversation_id: conversation.id, ...one }))
          : [],
      ),
    async askToJoin(id) {
      const asking = node.asking.get(id) ?? new Set();
      node.asking.set(id, asking.add(session.user));
      const event = { conversation_id: id, user_id: session.user };
      node.tell(node.members(node.conversation(id)), { ev: 'e2ee.join_request', d: event });
    },
    joinRequests: async (id) => [...(node.asking.get(id) ?? [])],
    statements: (id) => node.statements(id),
    sendMessage: async (id, _, envelope) => node.send(session, id, copy(envelope)),
    sendEnvelope: async (envelope) => node.sendEnvelope(session, copy(envelope)),
    deleteMessage: async () => refuse(409, 'e2ee.required'),
    async history50(id, before) {
      const { messages } = node.conversation(id);
      return copy(messages.filter(({ seq }) => seq < before).slice(-50)) as unknown as Message[];
    },
    report: async () => undefined,
  };
}
