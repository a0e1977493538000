// Places to be in, made over REST: for journeys that are about something else.
import type { Person } from './person';

export interface Home {
  serverId: string;
  name: string;
  accessCode: string;
  /** The room that every server begins with. */
  roomId: string;
  path: string;
}

interface ServerState {
  server: { id: string; name: string };
  access_code: string;
  rooms: { id: string; name: string }[];
}

/** A server of the first person, which the others have joined. */
export async function makeServer(name: string, owner: Person, ...others: Person[]): Promise<Home> {
  const made = await owner.api<ServerState>('POST', '/servers', { name });
  for (const other of others) await other.api('POST', '/servers/join', { code: made.access_code });
  const room = made.rooms[0];
  if (!room) throw new Error('a new server has no room');
  return {
    serverId: made.server.id,
    name,
    accessCode: made.access_code,
    roomId: room.id,
    path: `/s/${made.server.id}/${room.id}`,
  };
}

interface NewRoom {
  name: string;
  topic?: string;
  category_id?: string;
  is_private?: boolean;
}

export async function makeRoom(owner: Person, home: Home, fields: NewRoom): Promise<string> {
  const room = await owner.api<{ id: string }>('POST', '/rooms', { server_id: home.serverId, ...fields });
  return room.id;
}

/** A direct conversation, or with several others a group. */
export async function makeConversation(first: Person, others: Person[], name?: string): Promise<string> {
  const made = await first.api<{ conversation: { id: string } }>('POST', '/conversations', {
    kind: others.length === 1 ? 'direct' : 'group',
    user_ids: others.map(({ id }) => id),
    ...(name && { name }),
  });
  return made.conversation.id;
}
