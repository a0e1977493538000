// The cryptographic core as the bundler makes it, in an empty page of the node's origin.
import { build, type Rolldown } from 'vite';
import type * as CryptoPage from './crypto-page';
import type { SnugNode } from './node';
import type { Person } from './person';

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

export const PLACE = '/crypto-journey/';
let files: Promise<Map<string, string>> | undefined;

/** An empty page of the node's origin, under the node's own policy, beside which the bundle lies. */
export async function openPage({ page }: Person, { origin }: SnugNode): Promise<void> {
  files ??= bundle();
  const made = await files;
  const context = page.context();
  const answer = await context.request.get(`${origin}/`);
  const headers = { 'content-security-policy': answer.headers()['content-security-policy'] ?? '' };
  await context.route(`${origin}${PLACE}**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(PLACE.length);
    const code = made.get(name);
    return code === undefined
      ? route.fulfill({ headers, contentType: 'text/html', body: '<!doctype html><title>crypto</title>' })
      : route.fulfill({ headers, contentType: 'text/javascript', body: code });
  });
  await page.goto(`${origin}${PLACE}`);
}

/** Runs one function of the bundle in the page. */
export function run<N extends keyof typeof CryptoPage>(
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
