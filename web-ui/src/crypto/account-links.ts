// The links of an account's log: what they say. Whether they may say it is decided in account-log.ts.
import type { KeyClass } from './account-keys';
import type { Id, Key32 } from './encoding';
import { CryptoError } from './errors';
import type { Fields } from './fields';
import { type Head, headFrom, type Link, readLink } from './link';
import { SLOT_KINDS, type SlotKind } from './slots';

export type DeviceKind = 'web' | 'cli' | 'bot';
const DEVICE_KINDS: readonly DeviceKind[] = ['web', 'cli', 'bot'];
const CLASSES: readonly KeyClass[] = ['h', 's'];
/** More entries than any link of an account needs. */
const ENTRIES = 64;

export interface NewDevice {
  id: Id;
  /** Ed25519: signs. */
  dsk: Key32;
  /** X25519: is given keys. */
  dxk: Key32;
  kind: DeviceKind;
  /** Base64url of the signature by which the device's own key agrees. */
  pop: string;
}
export interface SlotEntry {
  id: Id;
  kind: SlotKind;
  pub: Key32;
}
export interface KeyEntry {
  class: KeyClass;
  gen: number;
  commit: Key32;
}
export interface IkEntry {
  gen: number;
  pub: Key32;
}

/** Who signed: the account's identity, or one of its devices. */
export type AccountSigner = { k: 'aik' } | { k: 'dev'; d: Id };

/** What a link does, by its field `t`. */
export type AccountChange =
  | {
      t: 'root';
      aik: Key32;
      device: NewDevice;
      slots: SlotEntry[];
      keys: KeyEntry[];
      ik: IkEntry;
      reset_of: Head | null;
    }
  | { t: 'device_add'; device: NewDevice }
  | { t: 'device_rekey'; device: Id; dxk: Key32 }
  | { t: 'device_revoke'; devices: Id[] }
  | { t: 'keys'; keys: KeyEntry[]; ik?: IkEntry }
  | { t: 'slots'; set: SlotEntry[]; del: Id[] }
  | { t: 'rotate'; aik_new: Key32; pop: string };

/** A link as it was read; nothing about it is verified yet. */
export interface AccountLink {
  link: Link;
  acct: Id;
  seq: number;
  /** Empty for the first link. */
  prev: Key32 | '';
  /** Unix seconds, by the signer's clock. */
  at: number;
  by: AccountSigner;
  change: AccountChange;
}

/** Reads a link; `newer` when its version or type is not known here. */
export function readAccountLink(link: Link): AccountLink {
  return readLink(link, (fields) => ({
    link,
    change: readChange(fields),
    acct: fields.id('acct'),
    seq: fields.int('seq'),
    prev: readPrev(fields),
    at: fields.int('at'),
    by: readSigner(fields.object('by')),
  }));
}

/** The hash of the link before; empty in the first. */
export function readPrev(fields: Fields): Key32 | '' {
  return fields.text('prev', 43) === '' ? '' : fields.key('prev');
}

function readSigner(by: Fields): AccountSigner {
  const k = by.oneOf('k', ['aik', 'dev']);
  const signer: AccountSigner = k === 'aik' ? { k } : { k, d: by.id('d') };
  by.end();
  return signer;
}

function readChange(fields: Fields): AccountChange {
  const t = fields.text('t', 64);
  switch (t) {
    case 'root':
      return {
        t,
        aik: fields.key('aik'),
        device: readDevice(fields.object('device')),
        slots: readSlots(fields, 'slots'),
        keys: readKeys(fields),
        ik: readIk(fields.object('ik')),
        reset_of: fields.isNull('reset_of') ? null : headFrom(fields.object('reset_of')),
      };
    case 'device_add':
      return { t, device: readDevice(fields.object('device')) };
    case 'device_rekey':
      return { t, device: fields.id('device'), dxk: fields.key('dxk') };
    case 'device_revoke':
      return { t, devices: fields.ids('devices', ENTRIES) };
    case 'keys':
      return { t, keys: readKeys(fields), ...(fields.has('ik') && { ik: readIk(fields.object('ik')) }) };
    case 'slots':
      return { t, set: readSlots(fields, 'set'), del: fields.ids('del', ENTRIES) };
    case 'rotate':
      return { t, aik_new: fields.key('aik_new'), pop: readSignature(fields) };
    default:
      throw new CryptoError('newer', 'a link of a type that is not known here');
  }
}

function readSignature(fields: Fields): string {
  fields.bytes('pop', 64);
  return fields.text('pop', 86);
}

function readDevice(fields: Fields): NewDevice {
  const device = {
    id: fields.id('id'),
    dsk: fields.key('dsk'),
    dxk: fields.key('dxk'),
    kind: fields.oneOf('kind', DEVICE_KINDS),
    pop: readSignature(fields),
  };
  fields.end();
  return device;
}

function readSlots(fields: Fields, name: 'slots' | 'set'): SlotEntry[] {
  return fields.objects(name, ENTRIES).map((slot) => {
    const entry = { id: slot.id('id'), kind: slot.oneOf('kind', SLOT_KINDS), pub: slot.key('pub') };
    slot.end();
    return entry;
  });
}

function readKeys(fields: Fields): KeyEntry[] {
  return fields.objects('keys', ENTRIES).map((key) => {
    const entry = { class: key.oneOf('class', CLASSES), gen: key.int('gen', 1), commit: key.key('commit') };
    key.end();
    return entry;
  });
}

function readIk(fields: Fields): IkEntry {
  const ik = { gen: fields.int('gen', 1), pub: fields.key('pub') };
  fields.end();
  return ik;
}
