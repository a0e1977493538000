// What the node tells about encryption, and what follows from it.
import { isOutage } from '../api/errors';
import type { Id } from '../api/types';
import type { Engine } from './actions';
import type { EnvelopeJson, HeadJson, PairingJson } from './node-api';

/** Name and payload of the events of encryption. */
interface EncryptionEvents {
  'e2ee.account': { head: HeadJson; links: unknown[] };
  'e2ee.vault': { version: number };
  'e2ee.prekeys_low': { left: number };
  'e2ee.pairing': PairingJson;
  'e2ee.reset': { ready_at: number | null };
  'e2ee.identity': { user_id: Id; head: HeadJson };
  'e2ee.link': { conversation_id: Id; seq: number; link: unknown };
  'e2ee.info': { conversation_id: Id; envelope: EnvelopeJson };
  'e2ee.rewrap': { conversation_id: Id; user_id: Id; epochs: number[] };
  'e2ee.key': { conversation_id: Id; epochs: number[] };
  'e2ee.join_request': { conversation_id: Id; user_id?: Id };
}
export type EncryptionEvent = {
  [E in keyof EncryptionEvents]: { ev: E; d: EncryptionEvents[E] };
}[keyof EncryptionEvents];

/** How much longer each time what an event asks for waits until it is tried again, and the most. */
const PAUSE_MS = 3_000;
const LONGEST_PAUSE_MS = 60_000;

/** Does what an event asks for; again where the node could not be reached meanwhile: an event comes only once. */
export async function takeEvent(engine: Engine, event: EncryptionEvent): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryEvent(engine, event);
    } catch (error) {
      if (!isOutage(error) || engine.core.isEnded) throw error;
    }
    await engine.core.parts.wait(Math.min(tries * PAUSE_MS, LONGEST_PAUSE_MS));
  }
}

async function tryEvent(engine: Engine, { ev, d }: EncryptionEvent): Promise<void> {
  const { account, conversations, people, logs } = engine;
  if (ev === 'e2ee.account') return account.grown(d.links, d.head);
  if (ev === 'e2ee.reset') return account.resetIs(d.ready_at);
  if (!account.isReady) return;
  switch (ev) {
    case 'e2ee.vault':
      await account.syncVault();
      for (const id of conversations.ids()) {
        if ((conversations.view(id)?.lacking.length ?? 0) > 0) await conversations.keysCame(id);
      }
      return;
    case 'e2ee.prekeys_low':
      return account.keepUp();
    case 'e2ee.pairing':
      return engine.pairingCame(d);
    case 'e2ee.identity':
      await logs.fetch(d.user_id);
      await people.meet([d.user_id]);
      return conversations.personChanged(d.user_id);
    case 'e2ee.link':
      return conversations.linked(d.conversation_id, d.seq, d.link);
    case 'e2ee.info':
      return conversations.info(d.conversation_id, d.envelope);
    case 'e2ee.rewrap':
      return conversations.answer(d.conversation_id, d.user_id, d.epochs);
    case 'e2ee.key':
      return conversations.keysCame(d.conversation_id);
    case 'e2ee.join_request':
      // Who is not in can't be asked.
      if (!conversations.view(d.conversation_id)?.members.some(({ acct }) => acct === engine.core.me)) return;
      return engine.joinRequested(d.conversation_id);
  }
}
