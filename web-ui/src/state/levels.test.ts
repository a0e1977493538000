import { expect, test } from 'vitest';
import type { PlaceLevel } from '../api/types';
import { aReadState, aSync, DIRECT, ROOM, SERVER } from '../testing/entities';
import { apply } from './apply';
import { loadSync } from './load';
import { attention, isSilent, levelOf, serverUnread, waiting } from './selectors';
import { emptyState, type State } from './store';

const level = (place_id: string, change: Partial<PlaceLevel>): PlaceLevel => ({
  place_id,
  level: null,
  muted: false,
  muted_until: null,
  ...change,
});

/** Five unread messages in the room, one of them a mention; two in the direct conversation. */
function start(...levels: PlaceLevel[]): State {
  const state = loadSync(emptyState, aSync());
  const readStates = {
    [ROOM]: aReadState(ROOM, { last_seq: 5, mention_seqs: [3] }),
    [DIRECT]: aReadState(DIRECT, { last_seq: 2 }),
  };
  return { ...state, readStates, levels: Object.fromEntries(levels.map((one) => [one.place_id, one])) };
}

test('rooms tell of mentions, direct conversations of everything', () => {
  const state = start();
  expect([levelOf(state, ROOM), levelOf(state, DIRECT)]).toEqual(['mentions', 'all']);
  expect(attention(state)).toBe(3);
  expect(serverUnread(state, SERVER)).toBe(true);
});

test('what is muted is silent and counts mentions only', () => {
  const state = start(level(ROOM, { muted: true }), level(DIRECT, { muted: true }));
  expect([isSilent(state, ROOM), isSilent(state, DIRECT)]).toEqual([true, true]);
  expect([waiting(state, ROOM), waiting(state, DIRECT), attention(state)]).toEqual([1, 0, 1]);
  expect(serverUnread(state, SERVER)).toBe(false);
});

test('a mute ends by itself, and one of the server holds for its rooms', () => {
  const past = Date.now() - 1;
  expect(isSilent(start(level(ROOM, { muted: true, muted_until: past })), ROOM)).toBe(false);
  const server = start(
    level(SERVER, { muted: true, muted_until: past + 60_000 }),
    level(ROOM, { level: 'all' }),
  );
  expect([isSilent(server, ROOM), isSilent(server, SERVER)]).toEqual([true, true]);
  expect(levelOf(start(level(SERVER, { level: 'all' })), ROOM)).toBe('all');
  expect(levelOf(start(level(SERVER, { level: 'all' }), level(ROOM, { level: 'none' })), ROOM)).toBe('none');
});

test('a choice on another device holds here at once', () => {
  const state = start();
  const me = state.me?.user.id ?? '';
  const n = (state.cursors[me] ?? 0) + 1;
  const chosen = apply(
    { ...state, cursors: { ...state.cursors, [me]: n - 1 } },
    {
      s: me,
      n,
      ev: 'notifications.level',
      d: level(ROOM, { muted: true }),
    },
  );
  expect(isSilent(chosen.state, ROOM)).toBe(true);
});
