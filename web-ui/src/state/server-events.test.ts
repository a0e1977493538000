// The numbered events of docs/protocol.md about servers: the state before, the event, the state after.
import { expect } from 'vitest';
import type { Role } from '../api/types';
import {
  ANN,
  aMember,
  aReadState,
  aRoom,
  aServer,
  aUser,
  DIRECT,
  ME,
  ROOM,
  SERVER,
} from '../testing/entities';
import { type Cases, checkEvents, type ServerEventName } from '../testing/event-cases';
import { loadMembers, loadRoom } from './load';
import { unreadOf } from './selectors';
import type { State } from './store';

const withReadState = (change: Partial<ReturnType<typeof aReadState>>) => (state: State) => ({
  ...state,
  readStates: { ...state.readStates, [ROOM]: aReadState(ROOM, change) },
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
const cases: Cases<ServerEventName> = {
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
};

checkEvents(cases);
