// @vitest-environment node
// Whatever comes from outside is either read or refused with one of the codes; it never breaks the reader.
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { Actor, entry, Group } from '../testing/e2ee-actors';
import { named } from '../testing/e2ee-vectors';
import { readAccountLink } from './account-links';
import { fileShape, newFileSecret } from './attachment';
import { openingStream } from './attachment-stream';
import { readContent } from './content';
import { readConversationLink } from './conversation-links';
import { fromCrockford } from './crockford';
import { type Bytes, fromUtf8, idFromUuid, idOf, unb64u, utf8 } from './encoding';
import { envelopeFromJson, MESSAGE_KINDS } from './envelope';
import { CryptoError } from './errors';
import { Fields } from './fields';
import { linkFromJson, parseBody } from './link';
import { readPairGift, readPairUri } from './pairing';
import { bundleFromJson } from './prekeys';
import { recoverySecret } from './recovery-words';
import { readVerifyUri } from './safety-number';
import { itemFromJson } from './vault';
import { batchFromJson } from './x3dh';

const someBytes = fc.uint8Array({ maxLength: 300 }).map((bytes): Bytes => new Uint8Array(bytes));
const account = idOf(await named('alice', 16));

/** Runs it; only refusals with a code are allowed. */
async function survives(read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
  }
}

const fromJson: Record<string, (json: unknown) => unknown> = {
  linkFromJson,
  bundleFromJson,
  batchFromJson,
  envelopeFromJson,
  itemFromJson: (json) => itemFromJson(account, json),
  fields: (json) => new Fields(json, 'x').end(),
};

const fromBytes: Record<string, (bytes: Bytes) => unknown> = {
  parseBody,
  readPairGift,
  fromUtf8,
  idOf,
  readAccountLink: (body) => readAccountLink({ body, sig: new Uint8Array(64) }),
  readConversationLink: (body) => readConversationLink({ body, sig: new Uint8Array(64) }),
  readContent: (bytes) => MESSAGE_KINDS.map((kind) => readContent(kind, bytes)),
};

const fromText: Record<string, (text: string) => unknown> = {
  readPairUri,
  readVerifyUri,
  recoverySecret,
  fromCrockford: (text) => fromCrockford(text, 10),
  unb64u: (text) => unb64u(text, 'any', 'x'),
};

describe('arbitrary JSON', () => {
  test.each(Object.keys(fromJson))('%s', async (name) => {
    await fc.assert(fc.asyncProperty(fc.jsonValue(), (json) => survives(() => fromJson[name]?.(json))));
  });
});

describe('arbitrary bytes and bodies', () => {
  test.each(Object.keys(fromBytes))('%s', async (name) => {
    const json = fc.jsonValue().map((value) => utf8(JSON.stringify(value)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(someBytes, json), (bytes) => survives(() => fromBytes[name]?.(bytes))),
    );
  });
});

// `fc.string({ unit: 'binary' })` alone takes seconds to make.
const unit = fc.nat(0x10ffff).map((point) => String.fromCodePoint(point));
const text = fc.oneof(
  fc.array(unit, { maxLength: 40 }).map((units) => units.join('')),
  fc.string(),
);

describe('arbitrary text', () => {
  test.each(Object.keys(fromText))('%s', async (name) => {
    await fc.assert(fc.asyncProperty(text, (value) => survives(() => fromText[name]?.(value))));
  });

  test('ids of the API are read as UUIDs only', async () => {
    await fc.assert(fc.asyncProperty(fc.uuid(), (uuid) => survives(() => idFromUuid(uuid))));
  });
});

const alice = await Actor.make('alice');
const group = await Group.make([[alice, 'owner']]);
await group.accept(alice, await group.epoch());
await group.accept(alice, { t: 'add', members: [entry(await Actor.make('bob'), 'member')] });
const bodies = [...alice.links, ...group.links].map(({ body }) => fromUtf8(body));

describe('good links with one field exchanged', () => {
  test('are read or refused', async () => {
    const which = fc.nat(bodies.length - 1);
    await fc.assert(
      fc.asyncProperty(which, fc.nat(30), fc.jsonValue(), (index, field, value) => {
        const body = JSON.parse(bodies[index] ?? '{}') as Record<string, unknown>;
        const names = Object.keys(body);
        const changed = utf8(JSON.stringify({ ...body, [names[field % names.length] ?? 'x']: value }));
        return survives(() => {
          readAccountLink({ body: changed, sig: new Uint8Array(64) });
          readConversationLink({ body: changed, sig: new Uint8Array(64) });
        });
      }),
      { numRuns: 300 },
    );
  });
});

test('arbitrary bytes are no file', async () => {
  const secret = newFileSecret();
  await fc.assert(
    fc.asyncProperty(someBytes, fc.nat(400), async (bytes, size) => {
      await survives(async () => {
        const source = new ReadableStream<Uint8Array>({
          start(controller) {
            controller.enqueue(bytes);
            controller.close();
          },
        });
        const reader = source.pipeThrough(openingStream(secret, fileShape(size, 64))).getReader();
        while (!(await reader.read()).done);
        throw new Error('it opened');
      });
    }),
    { numRuns: 50 },
  );
});
