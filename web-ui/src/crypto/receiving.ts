// Receiving a message: whether the one who seems to have sent it may have sent it, and did.
import { type AccountLog, deviceAt, identityAt } from './account-log';
import { type Content, readContent, type ShortHead, shortHash } from './content';
import { type Accounts, type ConversationLog, epochAt, memberAt } from './conversation-log';
import type { Key32 } from './encoding';
import { type Envelope, type MessageHeader, openMessage } from './envelope';
import { CryptoError } from './errors';

/** After this, nothing live is taken in an epoch that another one followed. */
const SUPERSEDED_S = 600;

/** A message whose author, place and time in the logs are beyond doubt. */
export interface Received {
  header: MessageHeader;
  content: Content;
}

/**
 * Opens a message and checks it against the logs. `need_log` says that a log has to be fetched further first;
 * every other error means that nothing of the message is shown. `live` is the time (Unix seconds) for messages
 * that just arrived; null for those from the history.
 */
export async function receiveMessage(
  envelope: Envelope,
  epochSecret: CryptoKey,
  log: ConversationLog,
  accounts: Accounts,
  live: number | null,
): Promise<Received> {
  const { header } = envelope;
  if (header.conversation !== log.conversation) {
    throw new CryptoError('bad_format', 'a message of another conversation');
  }
  const account = accounts(header.account);
  if (!account)
    throw new CryptoError('need_log', 'the log of the sender is not known', { account: header.account });
  if (account.devices.get(header.device)?.dsk !== header.senderKey) {
    throw accountMayBeBehind(account, header);
  }
  const epoch = epochAt(log, header.epoch);
  if (header.suite !== epoch.suite)
    throw new CryptoError('downgraded', 'another suite than that of the epoch');
  const next = log.epochs[header.epoch];
  if (live !== null && next && live - next.at > SUPERSEDED_S) {
    throw new CryptoError('e2ee_epoch_stale', 'a live message in an epoch that is over');
  }
  const content = readContent(header.kind, await openMessage(epochSecret, envelope));
  checkHeads(content, header, epoch.seq, log, account);
  return { header, content };
}

/** A device that is not in the log was made up, or was added after what is known of the log. */
function accountMayBeBehind(account: AccountLog, { account: id, device }: MessageHeader): CryptoError {
  return account.devices.has(device)
    ? new CryptoError('bad_signature', 'another key than that of the device')
    : new CryptoError('need_log', 'the device is not in what is known of the log', { account: id });
}

function checkHeads(
  { heads }: Content,
  { account: id, device }: MessageHeader,
  epochSeq: number,
  log: ConversationLog,
  account: AccountLog,
): void {
  checkShort(log.hashes, heads.conversation);
  checkShort(account.hashes, heads.account, id);
  if (heads.conversation.seq < epochSeq) {
    throw new CryptoError('e2ee_not_member', 'sent by somebody who did not know of the epoch');
  }
  const member = memberAt(log, id, heads.conversation.seq);
  if (!member || member.role === 'reader') {
    throw new CryptoError('e2ee_not_member', 'sent by somebody who may not write');
  }
  if (!deviceAt(account, device, heads.account.seq)) {
    throw new CryptoError('bad_signature', 'sent by a device that was not active');
  }
  // An account that was reset is not whom everybody agreed on, even if it was given the secret.
  const agreed = account.identities.find(({ aik }) => aik === member.aik);
  if (agreed?.root !== identityAt(account, heads.account.seq)?.root) {
    throw new CryptoError('key_mismatch', 'sent under another identity than the one in the roster');
  }
}

function checkShort(
  hashes: readonly Key32[],
  { seq, hash }: ShortHead,
  account?: MessageHeader['account'],
): void {
  const known = hashes[seq];
  if (known === undefined) {
    throw new CryptoError('need_log', `the log ends before link ${seq}`, account && { account });
  }
  if (shortHash(known) !== hash) throw new CryptoError('log_fork', `the sender saw another link ${seq}`);
}
