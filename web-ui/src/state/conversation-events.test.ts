// The numbered events of docs/protocol.md about conversations and users: the state before, the event, the state after.
import { expect } from 'vitest';
import type { EventName } from '../api/events';
import type { Message } from '../api/types';
import {
  ANN,
  aDirect,
  aMember,
  aMessage,
  aReadState,
  aUser,
  DIRECT,
  ME,
  ROOM,
  SERVER,
} from '../testing/entities';
import { type Cases, checkEvents, type ServerEventName } from '../testing/event-cases';
import { loadMembers } from './load';
import { mentionsOf, unreadOf } from './selectors';
import type { State } from './store';

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

const NOTICE = {
  id: 'notice-1',
  kind: 'mention' as const,
  by_id: ANN,
  conversation_id: ROOM,
  message_id: 'message-1',
  seq: 1,
  excerpt: 'Hello',
  emoji: null,
  is_read: false,
  created_at: 0,
};

const cases: Cases<Exclude<EventName, ServerEventName>> = {
  'notifications.level': [
    {
      name: 'holds for that place',
      s: ME,
      d: { place_id: ROOM, level: 'none', muted: true, muted_until: null },
      after: ({ levels }) => expect(levels[ROOM]).toMatchObject({ level: 'none', muted: true }),
    },
  ],
  'notifications.settings': [
    {
      name: 'takes the place of those before',
      s: ME,
      d: { show_content: false, quiet: null },
      after: ({ notify }) => expect(notify).toEqual({ show_content: false, quiet: null }),
    },
  ],
  'notifications.read': [
    {
      name: 'says how many are left',
      before: (state) => ({ ...state, unseen: 7 }),
      s: ME,
      d: { unread: 2 },
      after: ({ unseen }) => expect(unseen).toBe(2),
    },
  ],
  'notifications.mail': [
    {
      name: 'is for the settings, which hear it themselves',
      s: ME,
      d: {
        enabled: true,
        from: 'snug@example.org',
        address: null,
        choice: { rhythm: 'daily', hour: 8, zone: 'UTC', show_content: true },
        asked: null,
        failure: null,
      },
      after: ({ notify }, before) => expect(notify).toBe(before.notify),
    },
  ],
  'notification.created': [
    {
      name: 'is one more, up to what is counted',
      before: (state) => ({ ...state, unseen: 100 }),
      s: ME,
      d: NOTICE,
      after: ({ unseen }) => expect(unseen).toBe(100),
    },
    {
      name: 'is one more',
      s: ME,
      d: NOTICE,
      after: ({ unseen }, before) => expect(unseen).toBe(before.unseen + 1),
    },
  ],
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
  'message.pinned': [
    {
      name: 'is the business of the loaded messages',
      s: ROOM,
      d: aMessage(1, { pinned_at: 5 }),
      after: (state, before) => expect({ ...state, cursors: {} }).toEqual({ ...before, cursors: {} }),
    },
  ],
  'message.unpinned': [
    {
      name: 'is the business of the loaded messages',
      s: ROOM,
      d: aMessage(1),
      after: (state, before) => expect({ ...state, cursors: {} }).toEqual({ ...before, cursors: {} }),
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

checkEvents(cases);
