// The one store: entities by id, written only by snapshot loads (`load.ts`) and events (`apply.ts`).
import { useStore as useZustand } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type {
  Account,
  Category,
  Conversation,
  Id,
  Instance,
  Member,
  NotificationSettings,
  OwnMember,
  PlaceLevel,
  Presence,
  ReadState,
  Role,
  Room,
  Server,
  User,
} from '../api/types';

/** A server as its members see it: with the own membership and, where one may see it, the code to join. */
export interface ServerEntry extends Server {
  access_code: string | null;
  me: OwnMember;
}

export interface State {
  phase: 'loading' | 'ready' | 'failed';
  /** It is what this device had kept: the node has not answered, yet. */
  isKept: boolean;
  me: Account | null;
  instance: Instance | null;
  users: Record<Id, User>;
  servers: Record<Id, ServerEntry>;
  categories: Record<Id, Category>;
  rooms: Record<Id, Room>;
  roles: Record<Id, Role>;
  /** Loaded members: by server, then by user. Not necessarily all of a server's members. */
  members: Record<Id, Record<Id, Member>>;
  conversations: Record<Id, Conversation>;
  readStates: Record<Id, ReadState>;
  /** By conversation, then by user: until when (Unix milliseconds) that user counts as typing. */
  typing: Record<Id, Record<Id, number>>;
  /** What was chosen to be heard of, by room, conversation or server. */
  levels: Record<Id, PlaceLevel>;
  notify: NotificationSettings;
  /** How much of what concerned the user is not read. */
  unseen: number;
  presence: Record<Id, Presence>;
  /** What the node said last of its branding's revision; empty: nothing, yet. */
  branding: string;
  /** By stream: the number of the newest event that this state includes. */
  cursors: Record<Id, number>;
}

export const emptyState: State = {
  phase: 'loading',
  isKept: false,
  me: null,
  instance: null,
  users: {},
  servers: {},
  categories: {},
  rooms: {},
  roles: {},
  members: {},
  conversations: {},
  readStates: {},
  typing: {},
  levels: {},
  notify: { show_content: true, quiet: null },
  unseen: 0,
  presence: {},
  branding: '',
  cursors: {},
};

export const store = createStore<State>(() => emptyState);

/** A part of the state, re-read when it changes. Selectors return stored values or primitives, never new objects. */
export function useStore<T>(selector: (state: State) => T): T {
  return useZustand(store, selector);
}
