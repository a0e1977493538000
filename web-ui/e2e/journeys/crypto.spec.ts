import { readFileSync } from 'node:fs';
import type { NegativeCase } from '../../src/testing/e2ee-negatives';
import type { Scenario } from '../../src/testing/e2ee-simulations';
import { openPage, PLACE, run } from '../support/crypto-bundle';
import { expect, test } from '../support/test';

const vectors = new URL('../../../src/crypto/vectors/', import.meta.url);
const shared = (name: string) => readFileSync(new URL(name, vectors), 'utf8');
test('a browser makes the shared vectors, byte for byte, refuses what must be refused, and follows the logs as the node does', async ({
  stranger,
  node,
}) => {
  const somebody = await stranger();
  await openPage(somebody, node);
  expect(await run(somebody, 'keys')).toEqual({ native: true, refused: true });
  expect(await run(somebody, 'vectors')).toBe(shared('e2ee-vectors-v1.json'));
  expect(await run(somebody, 'moreVectors')).toBe(shared('e2ee-vectors-v1-more.json'));
  const { cases } = JSON.parse(shared('negatives-v1.json')) as { cases: NegativeCase[] };
  expect(await run(somebody, 'negatives', cases)).toEqual([]);
  const { scenarios } = JSON.parse(shared('log-simulations-v1.json')) as { scenarios: Scenario[] };
  expect(await run(somebody, 'simulations', scenarios)).toEqual([]);
});

test('a worker unlocks an account with its password, and only with that', async ({ stranger, node }) => {
  const somebody = await stranger();
  await openPage(somebody, node);
  const { head, wrong, ended } = await run(somebody, 'unlock', `${PLACE}worker.js`);
  expect(head).toBe(0);
  expect(wrong).toMatch(/^bad_key/);
  expect(ended).toMatch(/ended/);
});

test('two thousand people are given a secret, and messages are opened, without anybody waiting', async ({
  stranger,
  node,
}, info) => {
  const somebody = await stranger();
  await openPage(somebody, node);
  const measured = {
    wraps: await run(somebody, 'measureWraps', 2_000),
    messages: await run(somebody, 'measureMessages', 50),
    log: await run(somebody, 'measureLog', 300),
    unlock: await run(somebody, 'unlock', `${PLACE}worker.js`),
  };
  info.annotations.push({ type: 'milliseconds', description: JSON.stringify(measured) });
  if (process.env.SNUG_SHOW_MEASURED) console.log(JSON.stringify(measured));
  // Loose, as other journeys run beside this one.
  expect(measured.wraps.first).toBeLessThan(10_000);
  expect(measured.messages.first).toBeLessThan(1_000);
  expect(measured.log).toBeLessThan(2_000);
  expect(measured.unlock.password + measured.unlock.rest).toBeLessThan(10_000);
});
