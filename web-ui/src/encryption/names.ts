// What an encrypted conversation is called: said by its members, sealed like everything else.
import { CryptoError } from '../crypto/errors';
import type { Core } from './core';
import { type Known, RANK } from './known';
import type { Logs } from './logs';
import type { EnvelopeJson } from './node-api';
import type { Content } from './showing';

/** The name and topic, if who says so may; answers what was opened. */
export async function takeInfo(
  core: Core,
  logs: Logs,
  known: Known,
  envelope: EnvelopeJson | null,
): Promise<Content | null> {
  if (!envelope || known.infoSeen === envelope.id) return null;
  const open = async () => {
    const { messages } = await core.ask('open_messages', { envelopes: [envelope], live: null });
    const [one] = messages;
    if (one && 'error' in one && one.error === 'need_log') {
      throw new CryptoError('need_log', 'a log is behind', one.needs ? { account: one.needs } : {});
    }
    return one;
  };
  const opened = await logs.with(open, async () => undefined).catch(() => undefined);
  if (!opened || 'error' in opened || opened.type !== 'info') return null;
  const role = known.view.members.find(({ acct }) => acct === opened.account)?.role;
  const may = role !== undefined && RANK[role] >= RANK[known.view.policy.add];
  known.infoSeen = envelope.id;
  if (!may && known.info.by !== null) return opened;
  const text = (name: string, most: number) => {
    const value = opened.fields[name];
    return typeof value === 'string' && value !== '' ? value.slice(0, most) : null;
  };
  known.info = { name: text('name', 100), topic: text('topic', 1_000), by: opened.account };
  return opened;
}
