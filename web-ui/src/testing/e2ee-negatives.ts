// What must be refused, and with which code: each case says what is to be done with its input. Bytes are
// hexadecimal; what goes over the wire is JSON as the API carries it.
import { type KeyClass, openAccountKey } from '../crypto/account-keys';
import { fileShape } from '../crypto/attachment';
import { openingStream } from '../crypto/attachment-stream';
import { dh, importDh, verify } from '../crypto/curves';
import { fromHex, type Id, idOf, type Key32, key32, unb64u } from '../crypto/encoding';
import { envelopeFromJson, openMessage } from '../crypto/envelope';
import { CryptoError } from '../crypto/errors';
import { importSecret } from '../crypto/hash';
import { boxFromJson } from '../crypto/hpke';
import { checkKdf } from '../crypto/password';
import { checkSlot, openIdentity, slotKeys } from '../crypto/slots';
import { slotFromJson } from '../crypto/unlock';
import { checkRev, itemFromJson, openItem } from '../crypto/vault';
import { batchFromJson, openWrap } from '../crypto/x3dh';

export interface NegativeCase {
  group: string;
  what: string;
  input: Record<string, unknown>;
  expect: string;
}

class Input {
  readonly json: Record<string, unknown>;
  constructor(json: Record<string, unknown>) {
    this.json = json;
  }
  text = (name: string) => this.json[name] as string;
  number = (name: string) => this.json[name] as number;
  bytes = (name: string) => fromHex(this.text(name));
  id = (name: string): Id => idOf(this.bytes(name));
  key = (name: string): Key32 => key32(this.bytes(name));
  pair = (name: string) => importDh(this.bytes(name));
}

const groups: Record<string, (input: Input) => Promise<unknown>> = {
  base64url: async (input) => unb64u(input.text('text'), 'any', 'text'),
  kdf: async (input) => checkKdf({ m: input.number('m'), t: input.number('t'), p: input.number('p') }),
  agree: async (input) => dh((await input.pair('private')).key, input.bytes('public')),
  verify: (input) => verify(input.bytes('key'), input.bytes('message'), input.bytes('sig')),
  async box(input) {
    const name = {
      account: input.id('account'),
      class: input.text('class') as KeyClass,
      gen: input.number('gen'),
    };
    const boxed = boxFromJson(input.json.box);
    return openAccountKey(boxed, name, input.id('holder'), await input.pair('key'), input.key('commit'));
  },
  async slot(input) {
    const { id, kind, pub, minSeq, tag, identity } = slotFromJson(input.json.record);
    const keys = await slotKeys(input.bytes('z'), input.id('account'), kind);
    const tagged = { account: input.id('account'), slot: id, kind, pub, aik: input.key('aik'), minSeq };
    await checkSlot(keys, tagged, tag);
    return openIdentity(identity, tagged, keys);
  },
  async vault(input) {
    const item = itemFromJson(input.id('account'), input.json.stored);
    checkRev(input.number('seen'), item.place.rev);
    return openItem(await importSecret(input.bytes('key')), item);
  },
  async wrap(input) {
    const batch = batchFromJson(input.json.batch);
    const wrap = batch.wraps[0];
    if (!wrap) throw new Error('no wrap');
    const own = {
      account: input.id('account'),
      aik: input.key('aik'),
      ik: await input.pair('ik'),
      spk: await input.pair('spk'),
      opk: await input.pair('opk'),
    };
    const sender = { aik: input.key('from_aik'), ik: input.key('from_ik') };
    return openWrap(batch, wrap, input.id('conversation'), sender, own, input.key('commit'));
  },
  async envelope(input) {
    const envelope = envelopeFromJson(JSON.parse(input.text('json')));
    return openMessage(await importSecret(input.bytes('secret')), envelope);
  },
  async file(input) {
    const shape = fileShape(input.number('size'), input.number('chunk'));
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(input.bytes('ct'));
        controller.close();
      },
    });
    const opening = openingStream({ key: input.bytes('key'), salt: input.bytes('salt') }, shape);
    const reader = source.pipeThrough(opening).getReader();
    for (let next = await reader.read(); !next.done; ) next = await reader.read();
  },
};

/** `ok`, or the code with which it is refused. */
export async function runNegative({ group, input }: NegativeCase): Promise<string> {
  const run = groups[group];
  if (!run) throw new Error(`unknown group ${group}`);
  try {
    await run(new Input(input));
    return 'ok';
  } catch (error) {
    if (error instanceof CryptoError) return error.code;
    throw error;
  }
}
