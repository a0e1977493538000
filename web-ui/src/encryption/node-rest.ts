// The node's routes of encryption over HTTP.
import { api, take } from '../api/http';
import { inTime } from '../api/in-time';
import type { Id, JoinedConversation, Message, User } from '../api/types';
import { remember } from '../state/load';
import { store } from '../state/store';
import type { NodeApi } from './node-api';

interface Call {
  params?: { path?: Record<string, string>; query?: Record<string, string | number> };
  body?: unknown;
  signal?: AbortSignal;
}
type Untyped = (
  path: string,
  init?: Call,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

// Protocol objects are read by the key ring, not by the description of the API.
const client = api as unknown as Record<'GET' | 'POST' | 'PUT' | 'DELETE', Untyped>;

async function call<T>(method: keyof typeof client, path: string, init: Call = {}): Promise<T> {
  return (await take(client[method](`/api/v1${path}`, { ...init, signal: inTime() }))) as T;
}

const at = (id: Id) => ({ path: { id } });

export const restNode: NodeApi = {
  prelogin: (login) => call('POST', '/auth/prelogin', { body: { login } }),
  async instanceKey() {
    const known = store.getState().instance as { e2ee_key?: string } | null;
    return known?.e2ee_key ?? (await call<{ e2ee_key: string }>('GET', '/instance')).e2ee_key;
  },
  identity: () => call('GET', '/e2ee/identity'),
  createIdentity: (body) => call('POST', '/e2ee/identity', { body }),
  changeIdentity: (body) => call('POST', '/e2ee/identity/links', { body }),
  log: (id, from) => call('GET', '/e2ee/users/{id}/log', { params: { ...at(id), query: { from } } }),
  bundles: (body) => call('POST', '/e2ee/bundles', { body }),
  vault: (after) => call('GET', '/e2ee/vault', { params: { query: { after, limit: 500 } } }),
  putVault: (body) => call('PUT', '/e2ee/vault', { body }),
  startPairing: (body) => call('POST', '/e2ee/pairings', { body }),
  async pairings() {
    const answer = await call<{ pairings: never[] } | never[]>('GET', '/e2ee/pairings');
    return Array.isArray(answer) ? answer : answer.pairings;
  },
  pairing: (id) => call('GET', '/e2ee/pairings/{id}', { params: at(id) }),
  refusePairing: (id) => call('POST', '/e2ee/pairings/{id}/refused', { params: at(id) }),
  askReset: (auth_key) => call('POST', '/e2ee/reset', { body: { auth_key } }),
  cancelReset: () => call('DELETE', '/e2ee/reset'),
  history: async () => (await call<{ changes: never[] }>('GET', '/e2ee/history')).changes,
  devices: async () => (await call<{ devices: never[] }>('GET', '/e2ee/devices')).devices,
  contact: (code) => call<User>('GET', '/contacts/{code}', { params: { path: { code } } }),
  contactCode: () => call('GET', '/e2ee/contact-code'),
  rotateContactCode: (grace_days) => call('POST', '/e2ee/contact-code/rotate', { body: { grace_days } }),

  async createConversation(body) {
    const joined = await call<JoinedConversation>('POST', '/e2ee/conversations', { body });
    // Rooms have none.
    if (joined.conversation as unknown) remember.joined(joined);
    return joined;
  },
  conversation: (id, from) =>
    call('GET', '/e2ee/conversations/{id}', { params: { ...at(id), query: { from } } }),
  postLinks: (id, body) => call('POST', '/e2ee/conversations/{id}/links', { params: at(id), body }),
  async keys(id, epochs) {
    const query: Record<string, string> = epochs.length > 0 ? { epochs: epochs.join() } : {};
    return (
      await call<{ keys: never[] }>('GET', '/e2ee/conversations/{id}/keys', { params: { ...at(id), query } })
    ).keys;
  },
  ackKeys: (id, items) =>
    call('POST', '/e2ee/conversations/{id}/keys/ack', { params: at(id), body: { items } }),
  giveKeys: (id, wraps) => call('POST', '/e2ee/conversations/{id}/keys', { params: at(id), body: { wraps } }),
  askKeys: (id, epochs) =>
    call('POST', '/e2ee/conversations/{id}/rewrap', { params: at(id), body: { epochs } }),
  rewraps: async () => (await call<{ requests: never[] }>('GET', '/e2ee/rewraps')).requests,
  askToJoin: (id) => call('POST', '/e2ee/conversations/{id}/request', { params: at(id) }),
  async joinRequests(id) {
    const path = '/e2ee/conversations/{id}/request';
    const { requests } = await call<{ requests: { user_id: Id }[] }>('GET', path, { params: at(id) });
    return requests.map(({ user_id }) => user_id);
  },
  statements: async (id) => {
    const path = '/e2ee/conversations/{id}/statements';
    return (await call<{ statements: never[] }>('GET', path, { params: at(id) })).statements;
  },
  sendMessage: (id, conversation_id, envelope) =>
    call<Message>('POST', '/messages', {
      body: { id, conversation_id, content: { type: 'encrypted', envelope } },
    }),
  sendEnvelope: (envelope) => call('POST', '/e2ee/envelopes', { body: { envelope } }),
  deleteMessage: (id) => call('DELETE', '/messages/{id}', { params: at(id) }),
  async history50(id, before) {
    const query = { limit: 50, ...(before < Number.MAX_SAFE_INTEGER && { before }) };
    const params = { ...at(id), query };
    return (await call<{ messages: Message[] }>('GET', '/conversations/{id}/messages', { params })).messages;
  },
  report: (body) => call('POST', '/e2ee/reports', { body }),
};
