import type { Packed } from './encoding';

export type TupleField = Uint8Array | string | number | null;
/** Ids and keys in their text form are a mistake here: the tuple holds their bytes. */
type Unpacked<F> = F extends Packed ? never : F;

const prefix = 'snug/e2ee/1/';
const utf8 = new TextEncoder();

/**
 * T(label, f1 … fn): the label with its prefix, then each field, all of them preceded by their length. The
 * only form in which anything is hashed, signed or given to a key derivation.
 */
export function tuple<F extends TupleField[]>(
  label: string,
  ...fields: { [K in keyof F]: Unpacked<F[K]> }
): Uint8Array<ArrayBuffer> {
  return encodeFields(prefix + label, ...(fields as TupleField[]));
}

/** The encoding under `tuple`, without the prefix. */
export function encodeFields(...fields: TupleField[]): Uint8Array<ArrayBuffer> {
  const parts = fields.map(fieldBytes);
  const out = new Uint8Array(parts.reduce((size, part) => size + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}

function fieldBytes(field: TupleField): Uint8Array {
  if (field === null) return new Uint8Array();
  if (typeof field === 'string') return utf8.encode(field);
  if (typeof field === 'number') {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(field));
    return bytes;
  }
  return field;
}
