// @vitest-environment node
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { storedKeeper } from './keeper';
import { LocalSeal } from './local-seal';

test('what is kept is there for the next page, and for another one at the same time', async () => {
  const [one, other] = [storedKeeper('kept'), storedKeeper('kept')];
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  await one.put({ key, 'a/1': 1, 'a/2': 2, b: 3 });
  expect(((await other.get('key')) as CryptoKey).extractable).toBe(false);
  expect(await other.all('a/')).toEqual([
    ['a/1', 1],
    ['a/2', 2],
  ]);
  await other.put({ 'a/1': undefined });
  expect(await one.get('a/1')).toBeUndefined();
  const numbers = await Promise.all(
    [one, other, one].map((keeper) =>
      keeper.update('n', (known) => ((known as number | undefined) ?? 0) + 1),
    ),
  );
  expect([...numbers].sort()).toEqual([1, 2, 3]);
  await one.clear();
  expect(await other.all('')).toEqual([]);
});

test('a sealed entry opens in its own place only, and keeps its maps', async () => {
  const keeper = storedKeeper('sealed');
  const seal = new LocalSeal(keeper);
  const value = { members: new Map([['ann', { role: 'owner' }]]), n: 3 };
  const sealed = await seal.seal('conv/1', value);
  expect(await new LocalSeal(keeper).open('conv/1', sealed)).toEqual(value);
  expect(await seal.open('conv/2', sealed)).toBeUndefined();
});
