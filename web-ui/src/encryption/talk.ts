// Beginning to talk to somebody: encrypted wherever this browser can.

import type { Id } from '../api/types';
import { startDirect, startGroup } from '../messages/api';
import { remember } from '../state/load';
import { encryption, encryptionStore, whenStarted } from './engine';
import { EncryptionError } from './model';

/** Starts a conversation with one person, or a group with several; answers its id. Never plain without being told. */
export async function startTalk(userIds: Id[], name = ''): Promise<Id> {
  await whenStarted();
  const { phase } = encryptionStore.getState();
  if (phase === 'unsupported') return startPlainTalk(userIds, name);
  if (phase !== 'ready') throw new EncryptionError(phase);
  const [first] = userIds;
  if (userIds.length === 1 && first) return encryption.startDirect(first);
  return encryption.startGroup(userIds, name || null);
}

/** The same without encryption, when that was chosen. */
export async function startPlainTalk(userIds: Id[], name = ''): Promise<Id> {
  const [first] = userIds;
  const joined = await (userIds.length === 1 && first ? startDirect(first) : startGroup(userIds, name));
  remember.joined(joined);
  return joined.conversation.id;
}
