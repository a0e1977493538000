import { describe, expect, it } from 'vitest';
import type { View } from '../api/types';
import {
  ANN,
  aDirect,
  aMember,
  aPage,
  aReadState,
  aSync,
  DIRECT,
  ME,
  ROOM,
  SERVER,
} from '../testing/entities';
import { loadReadState, loadSync, loadView } from './load';
import { emptyState } from './store';

const start = () => loadSync(emptyState, aSync());

function aView(change: Partial<View> = {}): View {
  return {
    history: aPage(1, 9),
    read_state: aReadState(ROOM, { last_seq: 9, read_seq: 4, mention_seqs: [3, 6, 8] }),
    pins: [],
    conversation: null,
    encryption: null,
    members: { members: [aMember(ANN)], next_cursor: null },
    presence: [{ id: ANN, presence: 'idle', last_seen_at: null }],
    ...change,
  };
}

describe('a view', () => {
  it('of a room brings members, their presence and the own pointer', () => {
    const state = loadView(start(), aView());
    expect(Object.keys(state.members[SERVER] ?? {})).toEqual([ANN]);
    expect(state.presence[ANN]?.presence).toBe('idle');
    expect(state.readStates[ROOM]).toMatchObject({ last_seq: 9, read_seq: 4, mention_seqs: [6, 8] });
  });

  it('of a direct conversation brings its people and how far they have read', () => {
    const read_state = aReadState(DIRECT, { last_seq: 2 });
    const conversation = aDirect();
    conversation.participants = conversation.participants.map((one) => ({ ...one, read_seq: 2 }));
    const state = loadView(start(), aView({ read_state, conversation, members: null }));
    expect(state.members).toEqual({});
    expect(state.readStates[DIRECT]?.last_seq).toBe(2);
    expect(state.conversations[DIRECT]).toEqual(conversation);
  });

  it('does not take back what has been read here since', () => {
    const read = loadReadState(start(), aReadState(ROOM, { last_seq: 9, read_seq: 7, mention_seqs: [8] }));
    expect(loadView(read, aView()).readStates[ROOM]).toMatchObject({ read_seq: 7, mention_seqs: [8] });
    const newer = loadReadState(start(), aReadState(ROOM, { last_seq: 12, read_seq: 12 }));
    expect(loadView(newer, aView()).readStates[ROOM]).toMatchObject({ last_seq: 12, read_seq: 12 });
    expect(loadView(newer, aView()).me?.user.id).toBe(ME);
  });
});
