// The real program with a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const BINARY = resolve(process.env.SNUG_BINARY ?? '../target/debug/snug');
const START_MS = 30_000;
const STOP_MS = 10_000;

/** Many people live behind one address here, and nobody types as fast as a test. */
const LIMITS = {
  SNUG_LIMITS_AUTH_PER_MINUTE: '100000',
  SNUG_LIMITS_JOIN_PER_MINUTE: '100000',
  SNUG_LIMITS_WRITE_PER_MINUTE: '100000',
  SNUG_LIMITS_READ_PER_MINUTE: '100000',
  SNUG_LIMITS_SOCKETS_PER_USER: '200',
};

export class SnugNode {
  /** Where people reach it, such as `https://localhost:40123`. */
  readonly origin: string;
  /** The one-time link for the first account, until it has been used. */
  setupUrl: string | null;
  /** Of the node's own authority. */
  readonly fingerprint: string;
  /** Its data. */
  readonly folder: string;
  #process: ChildProcess;
  #start: (aheadMs: number) => Promise<Started>;
  /** How far its clock is ahead of the system's. */
  #aheadMs = 0;

  private constructor(folder: string, start: (aheadMs: number) => Promise<Started>, started: Started) {
    this.folder = folder;
    this.fingerprint = started.fingerprint;
    this.#start = start;
    this.#process = started.process;
    this.origin = started.origin;
    this.setupUrl = started.setupUrl;
  }

  /** `{port}` in a setting is the node's own. */
  static async start(settings: Record<string, string> = {}): Promise<SnugNode> {
    const folder = await mkdtemp(join(tmpdir(), 'snug-journey-'));
    const port = await freePort();
    const own = Object.entries(settings).map(([name, value]) => [
      name,
      value.replace('{port}', String(port)),
    ]);
    const environment = { SNUG_ACCOUNTS_REGISTRATION: 'open', ...LIMITS, ...Object.fromEntries(own) };
    const start = (aheadMs: number) => {
      const ahead = { SNUG_TEST_AHEAD_S: String(Math.round(aheadMs / 1_000)) };
      return launch(folder, port, { ...environment, ...ahead });
    };
    return new SnugNode(folder, start, await start(0));
  }

  /** As a power cut would: no chance to finish anything. */
  async kill(): Promise<void> {
    await end(this.#process, 'SIGKILL');
  }

  /** Starts it again on the same port and data folder. */
  async restart(): Promise<void> {
    this.#process = (await this.#start(this.#aheadMs)).process;
  }

  /** Stops, and starts again with its clock so much later. */
  async sleep(ms: number): Promise<void> {
    this.#aheadMs += ms;
    await end(this.#process, 'SIGTERM');
    await this.restart();
  }

  async stop(): Promise<void> {
    await end(this.#process, 'SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface Started {
  process: ChildProcess;
  origin: string;
  setupUrl: string | null;
  fingerprint: string;
}

function launch(folder: string, port: number, environment: Record<string, string>): Promise<Started> {
  const child = spawn(BINARY, ['serve', '--data', folder, '--listen', `127.0.0.1:${port}`], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((done, fail) => {
    let output = '';
    const refuse = (why: string) => fail(new Error(`${BINARY} ${why}:\n${output}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      refuse('did not start in time');
    }, START_MS);
    child.on('error', (error) => {
      clearTimeout(timer);
      refuse(error.message);
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      refuse(`ended with ${code}`);
    });
    const read = (piece: Buffer) => {
      output += piece.toString();
      const origin = /^ +Open +(https:\/\/\S+)$/m.exec(output)?.[1];
      // The greeting ends with an empty line.
      if (!origin || !/\n\n$/.test(output)) return;
      clearTimeout(timer);
      const setupUrl = /^ +(https:\/\/\S+\/setup\/\S+)$/m.exec(output)?.[1] ?? null;
      const fingerprint = /^ +SHA-256 (\S+)$/m.exec(output)?.[1] ?? '';
      done({ process: child, origin, setupUrl, fingerprint });
    };
    child.stdout.on('data', read);
    // Read, so that a full pipe never holds the node up.
    child.stderr.on('data', (piece: Buffer) => {
      output += piece.toString();
    });
  });
}

function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done, fail) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`the node did not end within ${STOP_MS} ms of ${signal}`));
    }, STOP_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      done();
    });
    child.kill(signal);
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? done(address.port) : fail(new Error('no port')),
      );
    });
  });
}
