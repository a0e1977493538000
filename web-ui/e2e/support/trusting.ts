// Browsers that trust the node's certificate, as after its page /trust: only those let the app be installed.
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { type BrowserContext, chromium, request as requests } from '@playwright/test';
import { PASSWORD } from './account';
import { wholeBrowser } from './browsers';
import type { SnugNode } from './node';
import { Person } from './person';
import { test as base, contextOptions, expect, makeAccount, type PersonOptions } from './test';
import { Watch } from './watch';

interface Fixtures {
  /** Somebody who has signed in in such a browser; the service worker is there when this answers. */
  trusting: (username: string, options?: PersonOptions) => Promise<Person>;
}

export const test = base.extend<Fixtures>({
  trusting: async ({ node, launchOptions }, use) => {
    const ends: (() => Promise<void>)[] = [];
    const problems: string[] = [];
    const key = await keyOf(node);
    await use(async (username, options = {}) => {
      const folder = await mkdtemp(join(tmpdir(), 'snug-browser-'));
      const context = await chromium.launchPersistentContext(folder, {
        ...launchOptions,
        executablePath: wholeBrowser,
        ...contextOptions(node, options),
        ignoreHTTPSErrors: false,
        args: [...(launchOptions.args ?? []), `--ignore-certificate-errors-spki-list=${key}`],
      });
      const watch = new Watch(context, node.origin);
      ends.push(async () => {
        problems.push(...watch.problems.map((problem) => `${username}: ${problem}`));
        await context.close();
        await rm(folder, { recursive: true, force: true });
      });
      return signedIn(node, context, watch, username, options);
    });
    for (const end of ends) await end();
    expect(problems, 'what the browsers complained about').toEqual([]);
  },
});

async function signedIn(
  node: SnugNode,
  context: BrowserContext,
  watch: Watch,
  username: string,
  options: PersonOptions,
): Promise<Person> {
  const person = new Person(await context.newPage(), node, watch);
  const elsewhere = await requests.newContext({ ignoreHTTPSErrors: true });
  await makeAccount(person, elsewhere, node, username, options);
  await elsewhere.dispose();
  await person.open('/sign-in');
  await person.signIn(username, PASSWORD);
  await expect(person.page).not.toHaveURL(/sign-in/, { timeout: 20_000 });
  await isKept(person);
  return person;
}

/** The service worker has everything and answers for the page. */
export async function isKept({ page }: Person): Promise<void> {
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state), { timeout: 30_000 })
    .toBe('activated');
}

/** What names the node's key to Chromium. */
function keyOf(node: SnugNode): Promise<string> {
  const { hostname, port } = new URL(node.origin);
  return new Promise((done, fail) => {
    const socket = connect(
      { host: '127.0.0.1', port: Number(port), servername: hostname, rejectUnauthorized: false },
      () => {
        const { publicKey } = new X509Certificate(socket.getPeerCertificate().raw);
        socket.end();
        done(
          createHash('sha256')
            .update(publicKey.export({ type: 'spki', format: 'der' }))
            .digest('base64'),
        );
      },
    );
    socket.on('error', fail);
  });
}
