// What the node may ask of members, and nobody else can do: to remove who does not see a room any more, or whose
// account is closed; to take what waits for them.
import { ApiError } from '../api/errors';
import type { Id } from '../api/types';
import type { RemovalStatement } from '../crypto/conversation-links';
import { uuidFromId } from '../crypto/encoding';
import { CryptoError } from '../crypto/errors';
import type { Conversations } from './conversations';
import type { Core } from './core';

const TRIES = 6;
const LINKS_PER_REQUEST = 32;

export async function obeyNode(core: Core, conversations: Conversations, id: Id): Promise<void> {
  for (let left = TRIES; left > 0; left--) {
    if ((await toRemove(core, id)).length === 0) return;
    // One member is enough; the others see it by then.
    await core.jitter(0, 3_000);
    const changes = (await toRemove(core, id)).slice(0, LINKS_PER_REQUEST).map((stmt) => {
      return { t: 'remove' as const, members: [stmt.acct], stmt };
    });
    if (changes.length === 0) return;
    await conversations.change(id, { changes }).catch((error: unknown) => {
      // Somebody else was faster with one of them.
      if (!(error instanceof CryptoError)) throw error;
    });
  }
}

async function toRemove({ parts, state, node }: Core, id: Id): Promise<RemovalStatement[]> {
  const { kind, role = null, members = [] } = state.conversations[id] ?? {};
  if (kind === 'dm' || role === null) return [];
  const others = new Set(members.map(({ user_id }) => user_id).filter((user) => user !== parts.me.id));
  return (await node.statements(id)).filter(({ acct }) => others.has(uuidFromId(acct)));
}

/** Takes every secret that waits on the node, also of conversations that were not looked at here. */
export async function takeWaiting(
  core: Core,
  conversations: Conversations,
  ids: readonly Id[],
): Promise<void> {
  for (const id of ids) {
    try {
      if ((await core.node.keys(id, [])).length > 0) await conversations.refresh(id);
    } catch (error) {
      // One that one is not in any more.
      if (!(error instanceof ApiError && error.status < 500)) throw error;
    }
  }
}
