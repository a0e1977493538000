const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const letters = Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));
const foreign = 0xff;
/** The six bits of every letter, by its code. */
const values = new Uint8Array(128).fill(foreign);
for (const [value, code] of letters.entries()) values[code] = value;
const ascii = new TextDecoder();

// By hand: one message holds a dozen of such texts, and the way over atob took most of the time of opening it.

/** Base64url without padding, as the node writes binary. */
export function toBase64Url(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 6; ) {
      held -= 6;
      text[at++] = letters[(bits >> held) & 0x3f] ?? 0;
    }
    bits &= (1 << held) - 1;
  }
  if (held > 0) text[at] = letters[bits << (6 - held)] ?? 0;
  return ascii.decode(text);
}

/** Reads base64url; throws on padding, foreign letters and tails that no encoder writes. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 === 1) throw new Error('not base64url');
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (let index = 0; index < text.length; index++) {
    const value = values[text.charCodeAt(index)] ?? foreign;
    if (value === foreign) throw new Error('not base64url');
    bits = (bits << 6) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = bits >> held;
    bits &= (1 << held) - 1;
  }
  if (bits !== 0) throw new Error('not canonical base64url');
  return bytes;
}

export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The 16 raw bytes of a UUID. */
export function uuidBytes(id: string): Uint8Array<ArrayBuffer> {
  const hex = id.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw new Error(`not a UUID: ${id}`);
  return fromHex(hex);
}
