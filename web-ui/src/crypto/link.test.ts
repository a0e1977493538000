// @vitest-environment node
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcome, signerOf } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { readAccountLink } from './account-links';
import { readConversationLink } from './conversation-links';
import { b64u, key32, utf8 } from './encoding';
import { CryptoError } from './errors';
import { linkFromJson, linkToJson, parseBody, signLink, verifyLink } from './link';

const alice = await namedId('alice');
const bob = await namedId('bob');
const signer = await signerOf('alice-dsk');

describe('a body', () => {
  test.each([
    '{"z":1,"a":[null,true,{"b":"Grüße\\n\\u0001\\"🦔"}],"m":9007199254740991,"e":{},"l":[]}',
    '{}',
  ])('is taken as it was written: %s', (body) => {
    parseBody(utf8(body));
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":1, "b":2}',
    '{"a":1.0}',
    '{"a":1.5}',
    '{"a":1e2}',
    '{"a":-1}',
    '{"a":-0}',
    '{"a":01}',
    '{"a":9007199254740992}',
    '{"1":1}',
    '{"01":1}',
    '{"a":"\\u0041"}',
    '{"a":"\\/"}',
    '{"a":"\\u001F"}',
    '{"a":"\\ud800"}',
    '{"\\ud800":1}',
    '{"a":1}\n',
    '\ufeff{"a":1}',
    '[[[[[[[[[[]]]]]]]]]]',
    '{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}',
    '',
    '{',
    'nul',
  ])('has only one form: %s', async (body) => {
    expect(await outcome(async () => parseBody(utf8(body)))).toBe('canonical');
  });

  test('of bytes that are no text, or of endless lists, is refused', async () => {
    expect(await outcome(async () => parseBody(Uint8Array.of(0x7b, 0xff, 0x7d)))).toBe('canonical');
    expect(await outcome(async () => parseBody(utf8('['.repeat(100_000))))).toBe('canonical');
    expect(await outcome(async () => parseBody(utf8(' '.repeat(200_000))))).toBe('e2ee_too_large');
  });

  test('is read the same way whatever it holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          parseBody(utf8(JSON.stringify(value)));
        } catch (error) {
          expect(error).toBeInstanceOf(CryptoError);
        }
      }),
    );
  });
});

describe('a link', () => {
  test('goes over the wire', async () => {
    const link = await signLink('acct', alice, { v: 1, t: 'x' }, signer);
    expect(linkFromJson(JSON.parse(JSON.stringify(linkToJson(link))))).toEqual(link);
    for (const bad of [{}, { body: 'AA', sig: 'AA' }, { body: 'A', sig: b64u(link.sig) }, 7, null]) {
      expect(await outcome(async () => linkFromJson(bad))).toBe('bad_format');
    }
  });

  test('is signed for one log only', async () => {
    const link = await signLink('acct', alice, { v: 1, t: 'x' }, signer);
    const key = key32(signer.pub);
    await verifyLink('acct', alice, link, key);
    expect(await outcome(() => verifyLink('conv', alice, link, key))).toBe('bad_signature');
    expect(await outcome(() => verifyLink('acct', bob, link, key))).toBe('bad_signature');
    const altered = { ...link, body: utf8('{"v":1,"t":"y"}') };
    expect(await outcome(() => verifyLink('acct', alice, altered, key))).toBe('bad_signature');
  });

  test('of a newer version or type stops the reader', async () => {
    const read = async (body: Record<string, unknown>, how = readAccountLink) =>
      outcome(async () => how(await signLink('acct', alice, body, signer)));
    expect(await read({ v: 2, t: 'root' })).toBe('newer');
    expect(await read({ v: 1, t: 'later' })).toBe('newer');
    expect(await read({ t: 'root' })).toBe('fields');
    expect(await read({ v: 1 })).toBe('fields');
    const of = (t: string) =>
      outcome(async () => readConversationLink(await signLink('conv', bob, { v: 1, t }, signer)));
    expect(await of('later')).toBe('newer');
    expect(await of('epoch')).toBe('fields');
  });

  test('says nothing that it does not mean', async () => {
    const prev = b64u(await named('prev'));
    const place = { acct: alice, seq: 1, prev, at: 7, by: { k: 'dev', d: bob } };
    const body = { v: 1, t: 'device_rekey', ...place, device: bob, dxk: prev };
    const read = async (change: Record<string, unknown>) =>
      outcome(async () => readAccountLink(await signLink('acct', alice, { ...body, ...change }, signer)));
    expect(await read({})).toBe('ok');
    for (const bad of [
      { extra: 1 },
      { by: { k: 'dev', d: bob, extra: 1 } },
      { by: { k: 'aik', d: bob } },
      { by: { k: 'dev' } },
      { by: null },
      { seq: null },
      { prev: 'AAAA' },
      { at: '7' },
      { device: alice.slice(1) },
      { dxk: `${prev}=` },
    ]) {
      expect(await read(bad)).toBe('fields');
    }
  });
});
