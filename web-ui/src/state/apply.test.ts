import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../api/events';
import {
  ANN,
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
import { apply, applyEphemeral } from './apply';
import { loadSync } from './load';
import { attention, mentionsOf, serverUnread, unreadOf } from './selectors';
import { emptyState, type State } from './store';

const start = () => loadSync(emptyState, aSync());

function applyAll(state: State, events: StreamEvent[]): State {
  return events.reduce((now, event) => {
    const { state: next, outcome } = apply(now, event);
    expect(outcome).toBe('applied');
    return next;
  }, state);
}

describe('cursors', () => {
  const created = (n: number): StreamEvent => ({ s: ROOM, n, ev: 'message.created', d: aMessage(n) });

  it('applies the next event and moves the cursor', () => {
    const { state, outcome } = apply(start(), created(1));
    expect(outcome).toBe('applied');
    expect(state.cursors[ROOM]).toBe(1);
    expect(unreadOf(state.readStates[ROOM])).toBe(1);
  });

  it('ignores what is already included, a gap, and an unknown stream', () => {
    const state = applyAll(start(), [created(1)]);
    expect(apply(state, created(1))).toEqual({ state, outcome: 'known' });
    expect(apply(state, created(3))).toEqual({ state, outcome: 'gap' });
    expect(apply(state, { ...created(1), s: 'elsewhere' })).toEqual({ state, outcome: 'unknown' });
  });
});

describe('messages', () => {
  const everyone = { users: [], roles: [], rooms: [], everyone: true };

  it('counts mentions by name, by role and of everyone, but not one’s own', () => {
    const state = applyAll(start(), [
      {
        s: ROOM,
        n: 1,
        ev: 'message.created',
        d: aMessage(1, { mentions: { ...everyone, everyone: false, users: [ME] } }),
      },
      {
        s: ROOM,
        n: 2,
        ev: 'message.created',
        d: aMessage(2, { mentions: { ...everyone, everyone: false, roles: ['role-mods'] } }),
      },
      { s: ROOM, n: 3, ev: 'message.created', d: aMessage(3, { mentions: everyone }) },
      { s: ROOM, n: 4, ev: 'message.created', d: aMessage(4) },
    ]);
    expect(mentionsOf(state.readStates[ROOM])).toBe(3);
    expect(serverUnread(state, SERVER)).toBe(true);
    expect(attention(state)).toBe(3);
  });

  it('a deleted message calls nobody any more', () => {
    const state = applyAll(start(), [
      { s: ROOM, n: 1, ev: 'message.created', d: aMessage(1, { mentions: everyone }) },
      {
        s: ROOM,
        n: 2,
        ev: 'message.deleted',
        d: aMessage(1, { deleted_at: 5, content: null, mentions: everyone }),
      },
    ]);
    expect(mentionsOf(state.readStates[ROOM])).toBe(0);
  });

  it('what one writes oneself is read', () => {
    const state = applyAll(start(), [
      { s: ROOM, n: 1, ev: 'message.created', d: aMessage(1) },
      { s: ROOM, n: 2, ev: 'message.created', d: aMessage(2, { author_id: ME }) },
    ]);
    expect(state.readStates[ROOM]).toMatchObject({ last_seq: 2, read_seq: 2 });
  });

  it('ends the typing of its author', () => {
    const typing = applyEphemeral(
      start(),
      { ev: 'typing.start', d: { conversation_id: ROOM, user_id: ANN } },
      0,
    );
    expect(Object.keys(typing.typing[ROOM] ?? {})).toEqual([ANN]);
    const state = applyAll(typing, [{ s: ROOM, n: 1, ev: 'message.created', d: aMessage(1) }]);
    expect(state.typing[ROOM]).toEqual({});
  });
});

describe('receipts', () => {
  it('only move forward, and reading includes delivery', () => {
    const state = applyAll(start(), [
      {
        s: DIRECT,
        n: 1,
        ev: 'receipt.delivered',
        d: { conversation_id: DIRECT, user_id: ANN, delivered_seq: 2 },
      },
      { s: DIRECT, n: 2, ev: 'receipt.read', d: { conversation_id: DIRECT, user_id: ANN, read_seq: 5 } },
      { s: DIRECT, n: 3, ev: 'receipt.read', d: { conversation_id: DIRECT, user_id: ANN, read_seq: 3 } },
    ]);
    const ann = state.conversations[DIRECT]?.participants.find(({ user_id }) => user_id === ANN);
    expect(ann).toMatchObject({ read_seq: 5, delivered_seq: 5 });
  });

  it('the own pointer may move back: mark unread on another device', () => {
    const state = applyAll(start(), [
      { s: ROOM, n: 1, ev: 'message.created', d: aMessage(1, { author_id: ME }) },
      { s: ME, n: 1, ev: 'read.updated', d: aReadState(ROOM, { last_seq: 1, read_seq: 0 }) },
    ]);
    expect(unreadOf(state.readStates[ROOM])).toBe(1);
  });
});

describe('servers', () => {
  it('leaving forgets rooms, their pointers and cursors', () => {
    const state = applyAll(start(), [
      { s: ME, n: 1, ev: 'server.left', d: { server_id: SERVER, reason: 'kicked' } },
    ]);
    expect(state.servers).toEqual({});
    expect(state.rooms).toEqual({});
    expect(Object.keys(state.cursors).sort()).toEqual([DIRECT, ME].sort());
  });

  it('joining brings rooms, pointers and cursors', () => {
    const left = applyAll(start(), [
      { s: ME, n: 1, ev: 'server.left', d: { server_id: SERVER, reason: 'left' } },
    ]);
    const state = applyAll(left, [
      {
        s: ME,
        n: 2,
        ev: 'server.joined',
        d: {
          server: aServer(),
          read_states: [aReadState(ROOM, { last_seq: 7 })],
          streams: { [SERVER]: 4, [ROOM]: 9 },
        },
      },
    ]);
    expect(state.cursors).toMatchObject({ [SERVER]: 4, [ROOM]: 9 });
    expect(unreadOf(state.readStates[ROOM])).toBe(7);
  });

  it('a new public room is followed from its first event', () => {
    const state = applyAll(start(), [{ s: SERVER, n: 1, ev: 'room.created', d: aRoom('room-2') }]);
    expect(state.cursors['room-2']).toBe(0);
    expect(state.readStates['room-2']).toEqual(aReadState('room-2'));
  });

  it('a role given to oneself brings its permissions', () => {
    const role = (
      id: string,
      kind: 'member' | 'custom',
      permissions: ('send_messages' | 'manage_rooms')[],
    ) => ({
      id,
      server_id: SERVER,
      kind,
      name: id,
      color: null,
      position: 0,
      permissions,
    });
    const state = applyAll(start(), [
      { s: SERVER, n: 1, ev: 'role.updated', d: role('everybody', 'member', ['send_messages']) },
      { s: SERVER, n: 2, ev: 'role.updated', d: role('builders', 'custom', ['manage_rooms']) },
      {
        s: SERVER,
        n: 3,
        ev: 'member.updated',
        d: {
          server_id: SERVER,
          member: { user: aUser(ME), nickname: 'Boss', role_ids: ['builders'], joined_at: 0 },
          member_count: 2,
        },
      },
    ]);
    expect(state.servers[SERVER]?.me.permissions.sort()).toEqual(['manage_rooms', 'send_messages']);
    expect(state.servers[SERVER]?.me.nickname).toBe('Boss');
  });
});
