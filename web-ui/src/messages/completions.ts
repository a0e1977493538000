// What @, # and : offer in a conversation.
import type { Id } from '../api/types';
import { fuzzyFilter } from '../lib/fuzzy';
import type { Mentionable, Piece } from '../lib/mentions';
import { ownEmoji } from '../lib/own-emoji';
import { may, nameOf, orderedRooms } from '../state/selectors';
import type { State } from '../state/store';
import { searchEmoji } from './emoji';
import type { Trigger } from './typed';

/** One line of the completion list. */
export interface Candidate extends Mentionable {
  key: string;
  kind: 'user' | 'role' | 'everyone' | 'room' | 'emoji';
  id: Id;
  label: string;
  detail: string;
}

const SHOWN = 8;

export function candidatesFor(state: State, conversationId: Id, trigger: Trigger): Candidate[] {
  if (trigger.kind === 'emoji') {
    return searchEmoji(trigger.query, SHOWN, Object.keys(ownEmoji.getState())).map(
      ({ emoji, shortcode }) => ({
        key: emoji,
        kind: 'emoji',
        id: emoji,
        label: emoji,
        detail: `:${shortcode}:`,
        written: emoji,
        carried: emoji,
      }),
    );
  }
  const all = trigger.kind === 'room' ? rooms(state, conversationId) : people(state, conversationId);
  return fuzzyFilter(all, trigger.query, ({ label, detail }) => `${label} ${detail}`).slice(0, SHOWN);
}

/** Everything that a text of this conversation may mention. */
export function mentionables(state: State, conversationId: Id): Mentionable[] {
  return [...people(state, conversationId), ...rooms(state, conversationId)].filter(
    ({ written, carried }) => written !== carried,
  );
}

/** How a carried mention is written while editing. */
export function writtenMention(state: State, piece: Piece): string | null {
  if (piece.kind === 'user') return wrap('@', state.users[piece.id]?.username);
  if (piece.kind === 'role') return wrap('@', state.roles[piece.id]?.name);
  if (piece.kind === 'room') return wrap('#', state.rooms[piece.id]?.name);
  return null;
}

const wrap = (sign: string, name: string | undefined) => (name === undefined ? null : sign + name);

function people(state: State, conversationId: Id): Candidate[] {
  const serverId = state.rooms[conversationId]?.server_id;
  const ids = serverId
    ? Object.keys(state.members[serverId] ?? {})
    : (state.conversations[conversationId]?.participants ?? []).map(({ user_id }) => user_id);
  const found = ids.flatMap((id): Candidate[] => {
    const user = state.users[id];
    if (!user) return [];
    const nickname = serverId && state.members[serverId]?.[id]?.nickname;
    return [
      {
        key: id,
        kind: 'user',
        id,
        label: nickname || nameOf(user),
        detail: `@${user.username}`,
        written: `@${user.username}`,
        carried: `<@${id}>`,
      },
    ];
  });
  if (serverId === undefined) return [...found, ...everyone(state, conversationId)];
  const roles = Object.values(state.roles)
    .filter((role) => role.server_id === serverId && role.kind !== 'member')
    .map(
      (role): Candidate => ({
        key: role.id,
        kind: 'role',
        id: role.id,
        label: role.name,
        detail: '',
        written: `@${role.name}`,
        carried: `<@&${role.id}>`,
      }),
    );
  return [...found, ...roles, ...everyone(state, conversationId)];
}

function everyone(state: State, conversationId: Id): Candidate[] {
  if (!may(state, conversationId, 'mention_everyone')) return [];
  const written = '@everyone';
  return [
    { key: 'everyone', kind: 'everyone', id: '', label: 'everyone', detail: '', written, carried: written },
  ];
}

function rooms(state: State, conversationId: Id): Candidate[] {
  const serverId = state.rooms[conversationId]?.server_id;
  if (serverId === undefined) return [];
  return orderedRooms(state, serverId).map((room) => ({
    key: room.id,
    kind: 'room',
    id: room.id,
    label: room.name,
    detail: '',
    written: `#${room.name}`,
    carried: `<#${room.id}>`,
  }));
}
