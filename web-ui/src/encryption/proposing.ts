// What a change of a conversation is put together from.
import type { Id } from '../api/types';
import type { ConversationWhat } from '../crypto/requests';
import { type Core, uuids } from './core';
import type { Logs } from './logs';

const PER_REQUEST = 500;
const ONE_TIME_MEMBERS = 32;

/** The bundles of those who have keys; the others are noted. */
export async function bundlesFor(core: Core, logs: Logs, conversation: Id, users: Id[]): Promise<unknown[]> {
  const one_time = users.length < ONE_TIME_MEMBERS;
  const all: unknown[] = [];
  for (let from = 0; from < users.length; from += PER_REQUEST) {
    const user_ids = users.slice(from, from + PER_REQUEST);
    const { bundles, missing } = await core.node.bundles({
      user_ids,
      conversation_id: conversation,
      one_time,
    });
    all.push(...bundles);
    for (const user of missing) logs.missing.add(user);
  }
  return all;
}

export function infoFields(name: string | null, topic: string | null): Record<string, unknown> {
  return { ...(name !== null && { name }), ...(topic !== null && { topic }) };
}

/** Who is in it once the changes are made. */
export function membersAfter(members: Id[], changes: ConversationWhat[]): Id[] {
  let now = members;
  for (const change of changes) {
    if (change.t === 'create') now = uuids(change.members.map(({ acct }) => acct));
    if (change.t === 'add') now = [...now, ...uuids(change.members.map(({ acct }) => acct))];
    if (change.t === 'remove') now = now.filter((user) => !uuids(change.members).includes(user));
  }
  return now;
}
