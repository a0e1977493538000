// Receiving the secret of an epoch: who wrapped it must be or have been a member, under an identity that the
// roster had. Which secret it is, the epoch's link decides; so it does not matter which member delivers it.
import { ikOf } from './account-log';
import { type Accounts, type ConversationLog, epochAt, identitiesDuring } from './conversation-log';
import type { Bytes } from './encoding';
import { CryptoError } from './errors';
import { openWrap, type Wrap, type WrapBatch, type WrapKeys } from './x3dh';

/**
 * Opens a wrap that was made for this account. `need_log` for an epoch or sender that is not known yet,
 * `e2ee_not_member` when the sender is no member and was none during the epoch, `locked` when the one-time
 * prekey is not at hand, `bad_seal`, `bad_commit` when the sender wrapped a wrong secret.
 */
export async function receiveWrap(
  batch: WrapBatch,
  wrap: Wrap,
  own: Omit<WrapKeys, 'aik'>,
  log: ConversationLog,
  accounts: Accounts,
): Promise<Bytes> {
  const epoch = epochAt(log, batch.epoch);
  const account = batch.from.account;
  const sender = accounts(account);
  if (!sender) throw new CryptoError('need_log', 'the log of the sender is not known', { account });
  const senders = identitiesDuring(log, account, epoch.n);
  const owns = identitiesDuring(log, own.account, epoch.n);
  if (senders.length === 0 || owns.length === 0) {
    throw new CryptoError('e2ee_not_member', 'wrapped by or for somebody who is no member');
  }
  // A rotation may lie between the epoch and now: few pairs, nearly always one.
  let last = new CryptoError('need_log', 'the sender has newer keys', { account });
  for (const aik of senders) {
    const ik = ikOf(sender, aik, batch.from.ik_gen)?.pub;
    if (!ik) continue;
    for (const ownAik of owns) {
      try {
        const keys = { ...own, aik: ownAik };
        return await openWrap(batch, wrap, log.conversation, { aik, ik }, keys, epoch.commit);
      } catch (error) {
        if (!(error instanceof CryptoError) || error.code !== 'bad_seal') throw error;
        last = error;
      }
    }
  }
  throw last;
}
