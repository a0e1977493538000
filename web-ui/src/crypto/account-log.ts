// An account's log: which identity, devices, slots and keys it has had, link by link. Everybody who meets the
// account verifies all of it, so the node can withhold links but neither write nor change one.
import type { KeyClass } from './account-keys';
import {
  type AccountChange,
  type AccountLink,
  type AccountSigner,
  type DeviceKind,
  type IkEntry,
  type KeyEntry,
  type NewDevice,
  readAccountLink,
  type SlotEntry,
} from './account-links';
import { checkSigningKey, type KeyPair, sign, verify } from './curves';
import { type Bytes, b64u, type Id, idBytes, type Key32, key32Bytes, unb64u } from './encoding';
import { CryptoError, refuse } from './errors';
import { type Head, type Link, linkHash, signLink, verifyLink } from './link';
import { tuple } from './tuple';

const LINKS = 5_000;
const ACTIVE_DEVICES = 20;
const ACTIVE_SLOTS = 20;

export interface Device {
  id: Id;
  dsk: Key32;
  dxk: Key32;
  kind: DeviceKind;
  /** The link that added it. */
  from: number;
  /** The link that revoked it, or null while it is active. */
  until: number | null;
  /** When it got the key that is sealed to: Unix seconds, by the signer's clock. */
  at: number;
}

/** A root key of the account, in force from link `from` on. */
export interface Identity {
  aik: Key32;
  from: number;
  /** The `root` link under which it stands: rotations keep it, a reset begins another. */
  root: number;
}

/** An identity's DH key. */
interface IdentityDh extends IkEntry {
  /** The `root` link under which it stands. */
  root: number;
  /** Unix seconds, by the signer's clock. */
  at: number;
}

/** Everything that an account's verified log says. Never changed; `extendAccount` makes a new one. */
export interface AccountLog {
  account: Id;
  /** The hash of every link, by its number. */
  hashes: readonly Key32[];
  /** Oldest first. */
  identities: readonly Identity[];
  /** All that there ever were. */
  devices: ReadonlyMap<Id, Device>;
  /** All ids of slots that there ever were; null for those that are gone. */
  slots: ReadonlyMap<Id, SlotEntry | null>;
  /** The account keys of the present identity, by class, the first generation first. */
  keys: Readonly<Record<KeyClass, readonly KeyEntry[]>>;
  /** All identity DH keys that there ever were, oldest first; generations begin again with every root. */
  iks: readonly IdentityDh[];
  /** When somebody lost a key: devices revoked, identities replaced. Unix seconds. */
  losses: readonly { seq: number; at: number }[];
}

/** The verified log of an account whose links start with the first. */
export function foldAccount(account: Id, links: readonly Link[]): Promise<AccountLog> {
  return extendAccount(emptyAccount(account), links);
}

export function emptyAccount(account: Id): AccountLog {
  return {
    account,
    hashes: [],
    identities: [],
    devices: new Map(),
    slots: new Map(),
    keys: { h: [], s: [] },
    iks: [],
    losses: [],
  };
}

/** Verifies further links; throws at the first that is refused, and nothing of them counts. */
export async function extendAccount(log: AccountLog, links: readonly Link[]): Promise<AccountLog> {
  const next: Draft = {
    ...log,
    hashes: [...log.hashes],
    identities: [...log.identities],
    devices: new Map(log.devices),
    slots: new Map(log.slots),
    keys: { h: [...log.keys.h], s: [...log.keys.s] },
    iks: [...log.iks],
    losses: [...log.losses],
  };
  for (const link of links) {
    const read = readAccountLink(link);
    checkPlace(next, read);
    const signer = signerKey(next, read);
    await verifyLink('acct', next.account, link, signer);
    await apply(next, read);
    next.hashes.push(await linkHash('acct', next.account, link));
  }
  return next;
}

interface Draft {
  account: Id;
  hashes: Key32[];
  identities: Identity[];
  devices: Map<Id, Device>;
  slots: Map<Id, SlotEntry | null>;
  keys: Record<KeyClass, KeyEntry[]>;
  iks: IdentityDh[];
  losses: { seq: number; at: number }[];
}

function checkPlace(log: Draft, { acct, seq, prev }: AccountLink): void {
  if (acct !== log.account) refuse('place', 'a link of another account');
  if (seq !== log.hashes.length) refuse('seq', `link ${seq} where ${log.hashes.length} is next`);
  if (prev !== (log.hashes.at(-1) ?? '')) refuse('prev', 'the link does not follow the one before');
  if (seq >= LINKS) refuse('limit', `more than ${LINKS} links`);
}

/** The key that must have signed, if this signer may sign such a link at all. */
function signerKey(log: Draft, { by, change, seq }: AccountLink): Key32 {
  if (change.t === 'root') {
    if (by.k !== 'aik') refuse('permission', 'a root signed by a device');
    const of = change.reset_of;
    const fits = seq === 0 ? of === null : of?.seq === seq - 1 && of.hash === log.hashes.at(-1);
    return fits ? change.aik : refuse('first', 'a root that neither begins the log nor resets what is there');
  }
  if (seq === 0) refuse('first', 'the first link is not a root');
  const device = by.k === 'dev' ? log.devices.get(by.d) : undefined;
  if (by.k === 'dev' && device?.until !== null) refuse('signer', 'signed by a device that is not active');
  if (!mayChange(change, by)) refuse('permission', `may not sign ${change.t}`);
  return device?.dsk ?? currentIdentity(log).aik;
}

function mayChange(change: AccountChange, by: AccountSigner): boolean {
  switch (change.t) {
    case 'device_rekey':
      return by.k === 'dev' && by.d === change.device;
    case 'device_revoke':
      return by.k === 'aik' || (change.devices.length === 1 && change.devices[0] === by.d);
    case 'slots':
    case 'rotate':
      return by.k === 'aik';
    default:
      return true;
  }
}

async function apply(log: Draft, { change, seq, at }: AccountLink): Promise<void> {
  switch (change.t) {
    case 'root':
      return applyRoot(log, change, seq, at);
    case 'device_add':
      return addDevice(log, change.device, currentIdentity(log).aik, seq, at);
    case 'device_rekey': {
      const device = log.devices.get(change.device) ?? refuse('missing', 'the device is not there');
      if (device.dxk === change.dxk) refuse('empty', 'the key is the same');
      log.devices.set(device.id, { ...device, dxk: change.dxk, at });
      return;
    }
    case 'device_revoke':
      return revokeDevices(log, change.devices, seq, at);
    case 'keys':
      return applyKeys(log, change.keys, change.ik, at);
    case 'slots':
      return applySlots(log, change.set, change.del);
    case 'rotate': {
      checkNewIdentity(log, change.aik_new);
      const { aik, root } = currentIdentity(log);
      const agreed = unb64u(change.pop, 64, 'pop');
      await verify(key32Bytes(change.aik_new), identityPop(log.account, aik, change.aik_new), agreed);
      log.identities.push({ aik: change.aik_new, from: seq, root });
      log.losses.push({ seq, at });
    }
  }
}

async function applyRoot(
  log: Draft,
  { aik, device, slots, keys, ik }: AccountChange & { t: 'root' },
  seq: number,
  at: number,
): Promise<void> {
  checkNewIdentity(log, aik);
  for (const old of log.devices.values()) {
    if (old.until === null) log.devices.set(old.id, { ...old, until: seq });
  }
  for (const id of log.slots.keys()) log.slots.set(id, null);
  log.keys = { h: [], s: [] };
  log.identities.push({ aik, from: seq, root: seq });
  if (seq > 0) log.losses.push({ seq, at });
  await addDevice(log, device, aik, seq, at);
  setSlots(log, slots);
  if (keys.length !== 2) refuse('generation', 'a root brings one key of each class');
  applyKeys(log, keys, ik, at);
}

function checkNewIdentity(log: Draft, aik: Key32): void {
  checkSigningKey(key32Bytes(aik));
  if (log.identities.some((known) => known.aik === aik)) refuse('reused', 'the identity was there before');
}

async function addDevice(log: Draft, device: NewDevice, aik: Key32, seq: number, at: number): Promise<void> {
  const { id, dsk, dxk, kind, pop } = device;
  checkSigningKey(key32Bytes(dsk));
  if (log.devices.has(id) || [...log.devices.values()].some((other) => other.dsk === dsk)) {
    refuse('reused', 'the device was there before');
  }
  await verify(key32Bytes(dsk), devicePop(log.account, aik, device), unb64u(pop, 64, 'pop'));
  log.devices.set(id, { id, dsk, dxk, kind, from: seq, until: null, at });
  if (activeDevices(log).length > ACTIVE_DEVICES) {
    refuse('limit', `more than ${ACTIVE_DEVICES} active devices`);
  }
}

function revokeDevices(log: Draft, ids: Id[], seq: number, at: number): void {
  if (ids.length === 0) refuse('empty', 'no device is revoked');
  for (const id of ids) {
    const device = log.devices.get(id);
    if (device?.until !== null) refuse('missing', 'the device is not active');
    log.devices.set(id, { ...device, until: seq });
  }
  log.losses.push({ seq, at });
}

function applyKeys(log: Draft, keys: KeyEntry[], ik: IkEntry | undefined, at: number): void {
  if (keys.length === 0 && !ik) refuse('empty', 'no key is new');
  const before = { h: log.keys.h.length, s: log.keys.s.length };
  for (const key of keys) {
    if (key.gen !== before[key.class] + 1 || log.keys[key.class].length !== before[key.class]) {
      refuse('generation', `${key.class}${key.gen} does not follow ${before[key.class]}`);
    }
    log.keys[key.class].push(key);
  }
  if (!ik) return;
  const { root } = currentIdentity(log);
  const last = log.iks.filter((old) => old.root === root).length;
  if (ik.gen !== last + 1) refuse('generation', `ik${ik.gen} does not follow ${last}`);
  log.iks.push({ ...ik, root, at });
}

function applySlots(log: Draft, set: SlotEntry[], del: Id[]): void {
  if (set.length === 0 && del.length === 0) refuse('empty', 'no slot changes');
  for (const id of del) {
    if (!log.slots.get(id)) refuse('missing', 'the slot is not there');
    log.slots.set(id, null);
  }
  setSlots(log, set);
}

function setSlots(log: Draft, set: SlotEntry[]): void {
  for (const slot of set) {
    if (log.slots.has(slot.id)) refuse('reused', 'the id of the slot was there before');
    log.slots.set(slot.id, slot);
  }
  if (activeSlots(log).length > ACTIVE_SLOTS) refuse('limit', `more than ${ACTIVE_SLOTS} slots`);
}

/** What the key of a new device signs, to show that it is in this account by its own will. */
export function devicePop(account: Id, aik: Key32, { id, dsk, dxk }: Omit<NewDevice, 'pop' | 'kind'>): Bytes {
  return tuple('dev-pop', idBytes(account), key32Bytes(aik), idBytes(id), key32Bytes(dsk), key32Bytes(dxk));
}

function identityPop(account: Id, old: Key32, next: Key32): Bytes {
  return tuple('aik-pop', idBytes(account), key32Bytes(old), key32Bytes(next));
}

/** A device as links add it, signed by its own key. */
export async function describeDevice(
  account: Id,
  aik: Key32,
  device: Omit<NewDevice, 'pop'>,
  signer: KeyPair,
): Promise<NewDevice> {
  return { ...device, pop: b64u(await sign(signer.key, devicePop(account, aik, device))) };
}

/** The agreement of the next identity to a rotation. */
export async function agreeToRotate(account: Id, old: Key32, next: Key32, signer: KeyPair): Promise<string> {
  return b64u(await sign(signer.key, identityPop(account, old, next)));
}

/** Writes and signs the next link of a log. `at` in Unix seconds. */
export function signAccountLink(
  log: AccountLog,
  change: AccountChange,
  by: AccountSigner,
  signer: KeyPair,
  at: number,
): Promise<Link> {
  const { t, ...rest } = change;
  const { account, hashes } = log;
  const place = { v: 1, t, acct: account, seq: hashes.length, prev: hashes.at(-1) ?? '', at, by };
  return signLink('acct', account, { ...place, ...rest }, signer);
}

export function accountHead(log: AccountLog): Head {
  const hash = log.hashes.at(-1);
  if (hash === undefined) throw new CryptoError('e2ee_no_keys', 'the account has not set up encryption');
  return { seq: log.hashes.length - 1, hash };
}

/** Whether a log has the link that somebody saw: `need_log` when it is shorter, `log_fork` when it has another. */
export function checkSeen(hashes: readonly Key32[], seen: Head, account?: Id): void {
  const hash = hashes[seen.seq];
  if (hash === undefined) {
    throw new CryptoError('need_log', `the log ends before link ${seen.seq}`, account && { account });
  }
  if (hash !== seen.hash) {
    throw new CryptoError('log_fork', `another link ${seen.seq} than the one that was seen`);
  }
}

type WithIdentities = Pick<AccountLog, 'identities'>;

export function currentIdentity({ identities }: WithIdentities): Identity {
  const identity = identities.at(-1);
  if (!identity) throw new CryptoError('e2ee_no_keys', 'the account has not set up encryption');
  return identity;
}

/** The identity that was in force after link `seq`. */
export function identityAt({ identities }: WithIdentities, seq: number): Identity | undefined {
  return identities.findLast(({ from }) => from <= seq);
}

/** Whether `to` is `from`, or was reached from it by rotations, each signed by the one before. */
export function reachedByRotation({ identities }: WithIdentities, from: Key32, to: Key32): boolean {
  const first = identities.findIndex(({ aik }) => aik === from);
  const last = identities.findIndex(({ aik }) => aik === to);
  return first >= 0 && first <= last && identities[first]?.root === identities[last]?.root;
}

/** The device, if it was active after link `seq`. */
export function deviceAt(log: Pick<AccountLog, 'devices'>, id: Id, seq: number): Device | undefined {
  const device = log.devices.get(id);
  const active = device && device.from <= seq && (device.until === null || device.until > seq);
  return active ? device : undefined;
}

export function activeDevices(log: Pick<AccountLog, 'devices'>): Device[] {
  return [...log.devices.values()].filter(({ until }) => until === null);
}

export function activeSlots(log: Pick<AccountLog, 'slots'>): SlotEntry[] {
  return [...log.slots.values()].filter((slot) => slot !== null);
}

/** What the log commits to for a generation of a key; `locked` when there is none such. */
export function keyCommit(log: AccountLog, c: KeyClass, gen: number): Key32 {
  const entry = log.keys[c][gen - 1];
  if (!entry) throw new CryptoError('locked', `the log has no key ${c}${gen}`);
  return entry.commit;
}

/** The newest identity DH key. */
export function currentIk(log: AccountLog): IdentityDh {
  const ik = log.iks.at(-1);
  if (!ik) throw new CryptoError('e2ee_no_keys', 'the account has not set up encryption');
  return ik;
}

/** The DH key of a generation of this identity, or of those that it was rotated from. */
export function ikOf(log: AccountLog, aik: Key32, gen: number): IdentityDh | undefined {
  const root = log.identities.find((identity) => identity.aik === aik)?.root;
  return log.iks.find((one) => one.gen === gen && one.root === root);
}
