// @vitest-environment node
import { describe, expect, test } from 'vitest';
import { dhOf, outcome } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { boxAccountKey, commitAccountKey, openAccountKey } from './account-keys';
import { toHex } from './encoding';

const alice = await namedId('alice');
const bob = await namedId('bob');

const name = { account: alice, class: 'h', gen: 2 } as const;
const [key, device, id] = [await named('key'), await dhOf('device'), await namedId('device')];
const commit = await commitAccountKey(key, name);
const boxed = await boxAccountKey(key, name, id, device.pub);

describe('account keys', () => {
  test('open for the device that they were boxed to', async () => {
    expect(toHex(await openAccountKey(boxed, name, id, device, commit))).toBe(toHex(key));
  });

  test('open nowhere else', async () => {
    const open = (...args: Parameters<typeof openAccountKey>) => outcome(() => openAccountKey(...args));
    expect(await open(boxed, { ...name, class: 's' }, id, device, commit)).toBe('bad_seal');
    expect(await open(boxed, { ...name, gen: 3 }, id, device, commit)).toBe('bad_seal');
    expect(await open(boxed, { ...name, account: bob }, id, device, commit)).toBe('bad_seal');
    expect(await open(boxed, name, bob, device, commit)).toBe('bad_seal');
    expect(await open(boxed, name, id, await dhOf('other'), commit)).toBe('bad_seal');
  });

  test('count only when the log is committed to them', async () => {
    const forged = await boxAccountKey(await named('other'), name, id, device.pub);
    expect(await outcome(() => openAccountKey(forged, name, id, device, commit))).toBe('bad_commit');
    const other = await commitAccountKey(key, { ...name, gen: 3 });
    expect(await outcome(() => openAccountKey(boxed, name, id, device, other))).toBe('bad_commit');
  });
});
