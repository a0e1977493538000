import { readFileSync } from 'node:fs';
import { build, type Rolldown } from 'vite';
import type { NegativeCase } from '../../src/testing/e2ee-negatives';
import type { Scenario } from '../../src/testing/e2ee-simulations';
import type * as CryptoPage from '../support/crypto-page';
import type { SnugNode } from '../support/node';
import type { Person } from '../support/person';
import { expect, test } from '../support/test';

const vectors = new URL('../../../src/crypto/vectors/', import.meta.url);
const shared = (name: string) => readFileSync(new URL(name, vectors), 'utf8');
const root = new URL('../../', import.meta.url).pathname;

/** The core and its worker as the bundler makes them; nothing in the app loads them yet. */
async function bundle(): Promise<Map<string, string>> {
  const built = (await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: ['chrome123', 'firefox121', 'safari17.5'],
      modulePreload: false,
      rolldownOptions: {
        input: { page: `${root}e2e/support/crypto-page.ts`, worker: `${root}src/crypto/worker.ts` },
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  })) as Rolldown.RolldownOutput;
  return new Map(built.output.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file.code]] : [])));
}

const PLACE = '/crypto-journey/';
let files: Map<string, string>;

test.beforeAll(async () => {
  files = await bundle();
});

/** An empty page of the node's origin, under the node's own policy, beside which the bundle lies. */
async function openPage({ page }: Person, { origin }: SnugNode): Promise<void> {
  const context = page.context();
  const answer = await context.request.get(`${origin}/`);
  const headers = { 'content-security-policy': answer.headers()['content-security-policy'] ?? '' };
  await context.route(`${origin}${PLACE}**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(PLACE.length);
    const code = files.get(name);
    return code === undefined
      ? route.fulfill({ headers, contentType: 'text/html', body: '<!doctype html><title>crypto</title>' })
      : route.fulfill({ headers, contentType: 'text/javascript', body: code });
  });
  await page.goto(`${origin}${PLACE}`);
}

/** Runs one function of the bundle in the page. */
function run<N extends keyof typeof CryptoPage>(
  { page }: Person,
  name: N,
  ...args: Parameters<(typeof CryptoPage)[N]>
): Promise<Awaited<ReturnType<(typeof CryptoPage)[N]>>> {
  return page.evaluate(
    async ([place, wanted, given]) => {
      const module = (await import(`${place}page.js`)) as Record<string, (...args: unknown[]) => unknown>;
      return module[wanted]?.(...given);
    },
    [PLACE, name, args] as const,
  ) as Promise<Awaited<ReturnType<(typeof CryptoPage)[N]>>>;
}

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
