// What is thought of other people's identities: met once and the same since, compared, or changed. Kept in the
// vault, so that it follows the user.
import { type AccountLog, currentIdentity, reachedByRotation } from './account-log';
import type { ConversationChange, RosterEntry } from './conversation-links';
import type { ConversationLog } from './conversation-log';
import { asKey32, fromUtf8, type Id, type Key32, utf8 } from './encoding';
import { CryptoError, refuse } from './errors';
import { Fields } from './fields';
import type { ConversationWhat, PersonView, Requests, TrustState } from './requests';
import type { RingState } from './ring-state';
import { identityFingerprint, readVerifyUri, safetyNumber, verifyUri } from './safety-number';
import { itemToJson, namedItem } from './vault';

interface TrustRecord {
  aik: Key32;
  state: TrustState;
  at: number;
}

/** What was written down about an account; null: nothing yet. */
async function recordOf(state: RingState, account: Id): Promise<TrustRecord | null> {
  const item = state.secrets.item('trust', namedItem(account));
  if (!item) return null;
  const fields = new Fields(JSON.parse(fromUtf8(await state.secrets.open(item))), 'trust');
  return {
    aik: asKey32(fields.key('aik')),
    state: fields.bool('is_verified') ? 'verified' : 'known',
    at: fields.int('at'),
  };
}

function stillHolds(log: AccountLog, record: TrustRecord | null): boolean {
  return record === null || reachedByRotation(log, record.aik, currentIdentity(log).aik);
}

/** Fills in the identities: those of the verified logs, if they are the ones that were trusted so far. */
export async function completeChange(
  state: RingState,
  log: ConversationLog | undefined,
  what: ConversationWhat,
): Promise<ConversationChange> {
  const entry = async ({ acct, role }: Omit<RosterEntry, 'aik'>): Promise<RosterEntry> => {
    const account = state.known(acct);
    if (!stillHolds(account, await recordOf(state, acct))) {
      throw new CryptoError('key_mismatch', 'another identity than before', { account: acct });
    }
    return { acct, aik: currentIdentity(account).aik, role };
  };
  switch (what.t) {
    case 'create':
    case 'add':
      return { ...what, members: await Promise.all(what.members.map(entry)) };
    case 'rebind': {
      const member = log?.members.get(what.acct) ?? refuse('missing', 'not a member');
      const aik_new = currentIdentity(state.known(what.acct)).aik;
      return { t: 'rebind', acct: what.acct, aik_old: member.aik, aik_new };
    }
    default:
      return what;
  }
}

export class PeopleRing {
  readonly #state: RingState;

  constructor(state: RingState) {
    this.#state = state;
  }

  async people({ accounts }: Requests['people']['input']): Promise<{ people: PersonView[] }> {
    const people: PersonView[] = [];
    for (const account of accounts) {
      const log = this.#state.log(account);
      if (!log || log.hashes.length === 0) continue;
      const { aik } = currentIdentity(log);
      const record = await recordOf(this.#state, account);
      people.push({
        account,
        aik,
        fingerprint: await identityFingerprint({ account, aik }),
        state: stillHolds(log, record) ? (record?.state ?? 'known') : 'changed',
        wasVerified: record?.state === 'verified',
        since: record?.at ?? 0,
      });
    }
    return { people };
  }

  async trust({ account, state, now }: Requests['trust']['input']) {
    const { aik } = currentIdentity(this.#state.known(account));
    const record = utf8(JSON.stringify({ aik, is_verified: state === 'verified', at: now }));
    const item = await this.#state.secrets.seal(this.#state.own(), 'h', 'trust', namedItem(account), record);
    return { item: itemToJson(item) };
  }

  async safety({ account }: Requests['safety']['input']) {
    const own = this.#state.own();
    const mine = { account: own.account, aik: currentIdentity(own).aik };
    const theirs = { account, aik: currentIdentity(this.#state.known(account)).aik };
    return { groups: await safetyNumber(mine, theirs), link: verifyUri(mine) };
  }

  async fingerprint({ account }: Requests['fingerprint']['input']) {
    const { aik } = currentIdentity(this.#state.known(account));
    return { fingerprint: await identityFingerprint({ account, aik }) };
  }

  async check_code({ text }: Requests['check_code']['input']) {
    return readVerifyUri(text);
  }
}
