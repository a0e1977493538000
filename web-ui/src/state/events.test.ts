// Every numbered event of docs/protocol.md: the state before, the event, the state after. The type of `cases` sees
// to it that none is left out.
import { describe, expect, it } from 'vitest';
import type { EventName, EventPayloads, StreamEvent } from '../api/events';
import type { Message, Role } from '../api/types';
import {
  ANN,
  aDirect,
  aMessage,
  aReadState,
  aRoom,
  aServer,
  aSync,
  aUser,
  DIRECT,
  ME,
  ROOM,
  SERVER,
} from '../testing/entities';
import { apply } from './apply';
import { loadMembers, loadRoom, loadSync } from './load';
import { mentionsOf, unreadOf } from './selectors';
import { emptyState, type State } from './store';

interface Case<E extends EventName> {
  name: string;
  before?: (state: State) => State;
  s: string;
  d: EventPayloads[E];
  after: (state: State, before: State) => void;
}

const nobody = { users: [], roles: [], rooms: [], everyone: false };
const calling = (seq: number, change: Partial<Message> = {}) =>
  aMessage(seq, { mentions: { ...nobody, users: [ME] }, ...change });

const withReadState = (change: Partial<ReturnType<typeof aReadState>>) => (state: State) => ({
  ...state,
  readStates: { ...state.readStates, [ROOM]: aReadState(ROOM, change) },
});

const withReceipts = (state: State) => ({
  ...state,
  conversations: {
    [DIRECT]: {
      ...aDirect(),
      participants: aDirect().participants.map((one) => ({ ...one, read_seq: 4, delivered_seq: 6 })),
    },
  },
});

const category = { id: 'category-1', server_id: SERVER, name: 'Projects', position: 0 };
const role: Role = {
  id: 'role-mods',
  server_id: SERVER,
  kind: 'custom',
  name: 'Mods',
  color: null,
  position: 2,
  permissions: ['manage_messages'],
};
const everybody: Role = { ...role, id: 'role-everybody', kind: 'member', permissions: ['add_reactions'] };
const aMember = (id: string, role_ids: string[] = []) => ({
  user: aUser(id),
  nickname: null,
  role_ids,
  joined_at: 1,
});
const ann = (state: State) =>
  state.conversations[DIRECT]?.participants.find(({ user_id }) => user_id === ANN);
const reactions = {
  message_id: 'message-1',
  conversation_id: ROOM,
  seq: 1,
  emoji: '🎉',
  user_id: ANN,
  reactions: [{ emoji: '🎉', count: 1, user_ids: [ANN] }],
};

const cases: { [E in EventName]: Case<E>[] } = {
  'message.created': [
    {
      name: 'counts as unread, and as a mention',
      s: ROOM,
      d: calling(1),
      after: (state) =>
        expect(state.readStates[ROOM]).toMatchObject({
          last_seq: 1,
          last_message_at: 1_000,
          read_seq: 0,
          mention_seqs: [1],
        }),
    },
    {
      name: 'moves the read pointer of its author, also of others',
      s: DIRECT,
      d: aMessage(3, { conversation_id: DIRECT }),
      after: (state) => expect(ann(state)).toMatchObject({ read_seq: 3, delivered_seq: 3 }),
    },
  ],
  'message.updated': [
    {
      name: 'adds a mention that was edited in',
      before: withReadState({ last_seq: 2, mention_seqs: [2] }),
      s: ROOM,
      d: calling(1),
      after: (state) => expect(state.readStates[ROOM]?.mention_seqs).toEqual([1, 2]),
    },
    {
      name: 'removes a mention that was edited out',
      before: withReadState({ last_seq: 2, mention_seqs: [1, 2] }),
      s: ROOM,
      d: aMessage(1),
      after: (state) => expect(state.readStates[ROOM]?.mention_seqs).toEqual([2]),
    },
    {
      name: 'calls nobody to what has been read',
      before: withReadState({ last_seq: 2, read_seq: 2 }),
      s: ROOM,
      d: calling(1),
      after: (state) => expect(mentionsOf(state.readStates[ROOM])).toBe(0),
    },
  ],
  'message.deleted': [
    {
      name: 'takes its mention away, and stays counted',
      before: withReadState({ last_seq: 2, mention_seqs: [1, 2] }),
      s: ROOM,
      d: calling(2, { deleted_at: 9, content: null }),
      after: (state) => {
        expect(state.readStates[ROOM]?.mention_seqs).toEqual([1]);
        expect(unreadOf(state.readStates[ROOM])).toBe(2);
      },
    },
  ],
  'reaction.added': [
    {
      name: 'is the business of the loaded messages',
      s: ROOM,
      d: reactions,
      after: (state, before) => expect({ ...state, cursors: {} }).toEqual({ ...before, cursors: {} }),
    },
  ],
  'reaction.removed': [
    {
      name: 'is the business of the loaded messages',
      s: ROOM,
      d: { ...reactions, reactions: [] },
      after: (state, before) => expect({ ...state, cursors: {} }).toEqual({ ...before, cursors: {} }),
    },
  ],
  'receipt.read': [
    {
      name: 'moves forward and includes delivery',
      before: withReceipts,
      s: DIRECT,
      d: { conversation_id: DIRECT, user_id: ANN, read_seq: 8 },
      after: (state) => expect(ann(state)).toMatchObject({ read_seq: 8, delivered_seq: 8 }),
    },
    {
      name: 'never goes back',
      before: withReceipts,
      s: DIRECT,
      d: { conversation_id: DIRECT, user_id: ANN, read_seq: 2 },
      after: (state) => expect(ann(state)).toMatchObject({ read_seq: 4, delivered_seq: 6 }),
    },
  ],
  'receipt.delivered': [
    {
      name: 'moves only the delivery',
      before: withReceipts,
      s: DIRECT,
      d: { conversation_id: DIRECT, user_id: ANN, delivered_seq: 7 },
      after: (state) => expect(ann(state)).toMatchObject({ read_seq: 4, delivered_seq: 7 }),
    },
  ],
  'conversation.updated': [
    {
      name: 'changes names and participants but keeps newer pointers',
      before: withReceipts,
      s: DIRECT,
      d: {
        ...aDirect(),
        name: 'Hedge',
        participants: [
          ...aDirect().participants.map((one) => ({ ...one, delivered_seq: 9 })),
          { user_id: 'user-bob', role: 'member', joined_at: 2, read_seq: 0, delivered_seq: 0 },
        ],
      },
      after: (state) => {
        expect(state.conversations[DIRECT]?.name).toBe('Hedge');
        expect(state.conversations[DIRECT]?.participants).toHaveLength(3);
        expect(ann(state)).toMatchObject({ read_seq: 4, delivered_seq: 9 });
      },
    },
  ],
  'conversation.joined': [
    {
      name: 'brings the conversation, its people, pointer and cursor',
      s: ME,
      d: {
        conversation: { ...aDirect(), id: 'group-1', kind: 'group' },
        read_state: aReadState('group-1', { last_seq: 3 }),
        users: [aUser('user-bob')],
        streams: { 'group-1': 5 },
      },
      after: (state) => {
        expect(state.conversations['group-1']?.kind).toBe('group');
        expect(state.users['user-bob']?.username).toBe('user-bob');
        expect(unreadOf(state.readStates['group-1'])).toBe(3);
        expect(state.cursors['group-1']).toBe(5);
      },
    },
    {
      name: 'does not undo what has come on the conversation’s own stream',
      before: (state) => ({
        ...withReceipts(state),
        cursors: { ...state.cursors, [DIRECT]: 7 },
        readStates: { ...state.readStates, [DIRECT]: aReadState(DIRECT, { last_seq: 6, read_seq: 6 }) },
      }),
      s: ME,
      d: { conversation: aDirect(), read_state: aReadState(DIRECT), users: [], streams: { [DIRECT]: 1 } },
      after: (state) => {
        expect(state.cursors[DIRECT]).toBe(7);
        expect(state.readStates[DIRECT]).toMatchObject({ last_seq: 6, read_seq: 6 });
        expect(ann(state)?.read_seq).toBe(4);
      },
    },
  ],
  'conversation.left': [
    {
      name: 'forgets everything of it',
      s: ME,
      d: { conversation_id: DIRECT },
      after: (state) => {
        expect(state.conversations).toEqual({});
        expect(state.readStates[DIRECT]).toBeUndefined();
        expect(state.cursors).not.toHaveProperty(DIRECT);
      },
    },
  ],
  'user.updated': [
    {
      name: 'on a server’s or conversation’s stream is a user, also as a loaded member',
      before: (state) => loadMembers(state, SERVER, [aMember(ANN)]),
      s: SERVER,
      d: { ...aUser(ANN), display_name: 'Ann W.' },
      after: (state) => {
        expect(state.users[ANN]?.display_name).toBe('Ann W.');
        expect(state.members[SERVER]?.[ANN]?.user.display_name).toBe('Ann W.');
        expect(state.me?.user.id).toBe(ME);
      },
    },
    {
      name: 'on the own stream is the account',
      s: ME,
      d: { user: { ...aUser(ME), bio: 'I weave.' }, email: 'me@example.org', role: 'admin', presence: 'dnd' },
      after: (state) => {
        expect(state.me).toMatchObject({ email: 'me@example.org', role: 'admin', presence: 'dnd' });
        expect(state.users[ME]?.bio).toBe('I weave.');
      },
    },
  ],
  'server.updated': [
    {
      name: 'keeps the own membership',
      s: SERVER,
      d: { ...aServer().server, name: 'Weavers' },
      after: (state) => {
        expect(state.servers[SERVER]?.name).toBe('Weavers');
        expect(state.servers[SERVER]?.me.permissions).toEqual(['send_messages']);
      },
    },
  ],
  'server.joined': [
    {
      name: 'brings the server, its rooms, pointers and cursors',
      s: ME,
      d: {
        server: {
          ...aServer(),
          server: { ...aServer().server, id: 'server-2' },
          rooms: [aRoom('room-9', { server_id: 'server-2' })],
        },
        read_states: [aReadState('room-9', { last_seq: 2 })],
        streams: { 'server-2': 3, 'room-9': 2 },
      },
      after: (state) => {
        expect(Object.keys(state.servers).sort()).toEqual([SERVER, 'server-2']);
        expect(state.rooms['room-9']?.server_id).toBe('server-2');
        expect(unreadOf(state.readStates['room-9'])).toBe(2);
        expect(state.cursors).toMatchObject({ 'server-2': 3, 'room-9': 2 });
      },
    },
  ],
  'server.left': [
    {
      name: 'forgets the server and its rooms',
      s: ME,
      d: { server_id: SERVER, reason: 'deleted' },
      after: (state) => {
        expect(state.servers).toEqual({});
        expect(state.rooms).toEqual({});
        expect(state.readStates[ROOM]).toBeUndefined();
        expect(Object.keys(state.cursors).sort()).toEqual([DIRECT, ME].sort());
      },
    },
  ],
  'room.created': [
    {
      name: 'starts a cursor at 0 and a read state',
      s: SERVER,
      d: aRoom('room-2'),
      after: (state) => {
        expect(state.rooms['room-2']?.name).toBe('room-2');
        expect(state.cursors['room-2']).toBe(0);
        expect(state.readStates['room-2']).toEqual(aReadState('room-2'));
      },
    },
  ],
  'room.updated': [
    {
      name: 'changes the room and neither its cursor nor the own pointer',
      before: (state) => ({
        ...withReadState({ last_seq: 5, read_seq: 4 })(state),
        cursors: { ...state.cursors, [ROOM]: 8 },
      }),
      s: SERVER,
      d: aRoom(ROOM, { topic: 'Yarn' }),
      after: (state) => {
        expect(state.rooms[ROOM]?.topic).toBe('Yarn');
        expect(state.cursors[ROOM]).toBe(8);
        expect(unreadOf(state.readStates[ROOM])).toBe(1);
      },
    },
  ],
  'room.deleted': [
    {
      name: 'forgets the room, its pointer and cursor',
      s: SERVER,
      d: { server_id: SERVER, room_id: ROOM },
      after: (state) => {
        expect(state.rooms).toEqual({});
        expect(state.readStates[ROOM]).toBeUndefined();
        expect(state.cursors).not.toHaveProperty(ROOM);
      },
    },
  ],
  'room.joined': [
    {
      name: 'brings a private room with pointer and cursor',
      s: ME,
      d: {
        room: aRoom('room-3', { is_private: true }),
        read_state: aReadState('room-3', { last_seq: 4, read_seq: 1 }),
        streams: { 'room-3': 6 },
      },
      after: (state) => {
        expect(state.rooms['room-3']?.is_private).toBe(true);
        expect(unreadOf(state.readStates['room-3'])).toBe(3);
        expect(state.cursors['room-3']).toBe(6);
      },
    },
  ],
  'room.left': [
    {
      name: 'forgets the room, its pointer and cursor',
      s: ME,
      d: { server_id: SERVER, room_id: ROOM },
      after: (state) => {
        expect(state.rooms).toEqual({});
        expect(state.readStates[ROOM]).toBeUndefined();
        expect(state.cursors).not.toHaveProperty(ROOM);
      },
    },
  ],
  'category.created': [
    {
      name: 'is there',
      s: SERVER,
      d: category,
      after: (state) => expect(state.categories[category.id]).toEqual(category),
    },
  ],
  'category.updated': [
    {
      name: 'takes the place of the old one',
      before: (state) => ({ ...state, categories: { [category.id]: category } }),
      s: SERVER,
      d: { ...category, name: 'Crafts' },
      after: (state) => expect(state.categories[category.id]?.name).toBe('Crafts'),
    },
  ],
  'category.deleted': [
    {
      name: 'leaves its rooms outside of every category',
      before: (state) =>
        loadRoom(
          loadRoom(
            { ...state, categories: { [category.id]: category } },
            aRoom(ROOM, { category_id: category.id }),
          ),
          aRoom('room-2', { category_id: 'category-2' }),
        ),
      s: SERVER,
      d: { server_id: SERVER, category_id: category.id },
      after: (state) => {
        expect(state.categories).toEqual({});
        expect(state.rooms[ROOM]?.category_id).toBeNull();
        expect(state.rooms['room-2']?.category_id).toBe('category-2');
      },
    },
  ],
  'role.updated': [
    {
      name: 'changes one’s own permissions where one has the role',
      before: (state) => ({ ...state, roles: { [everybody.id]: everybody } }),
      s: SERVER,
      d: role,
      after: (state) => {
        expect(state.roles[role.id]).toEqual(role);
        expect(state.servers[SERVER]?.me.permissions.sort()).toEqual(['add_reactions', 'manage_messages']);
      },
    },
    {
      name: 'changes nothing for others',
      s: SERVER,
      d: { ...role, id: 'role-other' },
      after: (state) => expect(state.servers[SERVER]?.me.permissions).toEqual(['send_messages']),
    },
  ],
  'member.joined': [
    {
      name: 'is counted and known',
      s: SERVER,
      d: { server_id: SERVER, member: aMember('user-bob'), member_count: 3 },
      after: (state) => {
        expect(state.servers[SERVER]?.member_count).toBe(3);
        expect(state.members[SERVER]?.['user-bob']?.joined_at).toBe(1);
        expect(state.users['user-bob']).toEqual(aUser('user-bob'));
      },
    },
  ],
  'member.updated': [
    {
      name: 'of oneself changes the own permissions, with those that everybody has',
      before: (state) => ({ ...state, roles: { [role.id]: role, [everybody.id]: everybody } }),
      s: SERVER,
      d: { server_id: SERVER, member: { ...aMember(ME), nickname: 'Boss' }, member_count: 2 },
      after: (state) =>
        expect(state.servers[SERVER]?.me).toEqual({
          nickname: 'Boss',
          role_ids: [],
          permissions: ['add_reactions'],
          joined_at: 1,
        }),
    },
    {
      name: 'of somebody else does not',
      before: (state) => ({ ...state, roles: { [role.id]: role } }),
      s: SERVER,
      d: { server_id: SERVER, member: aMember(ANN, [role.id]), member_count: 2 },
      after: (state) => {
        expect(state.members[SERVER]?.[ANN]?.role_ids).toEqual([role.id]);
        expect(state.servers[SERVER]?.me.permissions).toEqual(['send_messages']);
      },
    },
  ],
  'member.left': [
    {
      name: 'is no longer listed but still known by name',
      before: (state) => loadMembers(state, SERVER, [aMember(ANN)]),
      s: SERVER,
      d: { server_id: SERVER, user_id: ANN, member_count: 1 },
      after: (state) => {
        expect(state.servers[SERVER]?.member_count).toBe(1);
        expect(state.members[SERVER]).toEqual({});
        expect(state.users[ANN]).toBeDefined();
      },
    },
  ],
  'read.updated': [
    {
      name: 'moves the own pointer forward',
      before: withReadState({ last_seq: 5, mention_seqs: [3] }),
      s: ME,
      d: aReadState(ROOM, { last_seq: 5, read_seq: 4 }),
      after: (state) => {
        expect(unreadOf(state.readStates[ROOM])).toBe(1);
        expect(mentionsOf(state.readStates[ROOM])).toBe(0);
      },
    },
    {
      name: 'and back',
      before: withReadState({ last_seq: 5, read_seq: 5 }),
      s: ME,
      d: aReadState(ROOM, { last_seq: 5, read_seq: 2, mention_seqs: [3] }),
      after: (state) => {
        expect(unreadOf(state.readStates[ROOM])).toBe(3);
        expect(mentionsOf(state.readStates[ROOM])).toBe(1);
      },
    },
    {
      name: 'does not move how far the others see that one has read',
      before: withReceipts,
      s: ME,
      d: aReadState(DIRECT, { last_seq: 6, read_seq: 1 }),
      after: (state) => expect(state.conversations[DIRECT]?.participants[0]?.read_seq).toBe(4),
    },
    {
      name: 'older than the newest messages leaves these unread and their mentions',
      before: withReadState({ last_seq: 7, read_seq: 2, mention_seqs: [3, 7] }),
      s: ME,
      d: aReadState(ROOM, { last_seq: 5, read_seq: 5 }),
      after: (state) =>
        expect(state.readStates[ROOM]).toMatchObject({ last_seq: 7, read_seq: 5, mention_seqs: [7] }),
    },
    {
      name: 'older than what one has written since does not make it unread',
      before: withReadState({ last_seq: 7, read_seq: 7 }),
      s: ME,
      d: aReadState(ROOM, { last_seq: 5, read_seq: 3, mention_seqs: [4] }),
      after: (state) => expect(state.readStates[ROOM]).toMatchObject({ read_seq: 7, mention_seqs: [] }),
    },
  ],
};

for (const [ev, list] of Object.entries(cases)) {
  describe(ev, () => {
    for (const { name, before, s, d, after } of list) {
      it(name, () => {
        const loaded = loadSync(emptyState, aSync());
        const state = before?.(loaded) ?? loaded;
        const n = (state.cursors[s] ?? 0) + 1;
        const applied = apply(state, { s, n, ev, d } as StreamEvent);
        expect(applied.outcome).toBe('applied');
        // Whatever it means, it is counted, unless its own stream goes with it.
        if (s in applied.state.cursors) expect(applied.state.cursors[s]).toBe(n);
        after(applied.state, state);
      });
    }
  });
}
