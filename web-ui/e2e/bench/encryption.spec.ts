// What end-to-end encryption costs in a browser: a step of `make bench`, which reads the file that this writes.
import { writeFileSync } from 'node:fs';
import { openPage, PLACE, run } from '../support/crypto-bundle';
import { test } from '../support/test';

const ROUNDS = Number(process.env.SNUG_BENCH_ROUNDS ?? 3);
const MEMBERS = Number(process.env.SNUG_BENCH_MEMBERS ?? 2_000);
const PAGE = 50;

test('wraps, a page of messages, sealing, unlocking', async ({ stranger, node }) => {
  const somebody = await stranger();
  await openPage(somebody, node);
  const [wraps, pages, seals, unlocks]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    wraps.push((await run(somebody, 'measureWraps', MEMBERS)).first);
    const { sealing, first } = await run(somebody, 'measureMessages', PAGE);
    pages.push(first);
    seals.push(sealing);
    const { password, rest } = await run(somebody, 'unlock', `${PLACE}worker.js`);
    unlocks.push(password + rest);
  }
  const figures = [
    { name: `${MEMBERS.toLocaleString('en')} wraps`, ms: wraps, at_most_ms: 1_000 },
    { name: `opening a page of ${PAGE} messages`, ms: pages, at_most_ms: 30 },
    { name: 'sealing a message', ms: seals, at_most_ms: 10 },
    { name: 'unlocking with the password', ms: unlocks, at_most_ms: 1_000 },
  ];
  const out = process.env.SNUG_BENCH_OUT;
  if (out) writeFileSync(out, JSON.stringify(figures));
  else console.log(JSON.stringify(figures, null, 1));
});
