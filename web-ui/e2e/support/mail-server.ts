// The mail server of the node's own tests: takes letters and reads them with another parser.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

const SINK = '../tests/it/mail_sink.py';
const LETTER_MS = 15_000;

export interface Letter {
  to: string[];
  text: string;
  html: string;
}

export class MailServer {
  #process: ChildProcess;
  #lines: AsyncIterator<string>;

  private constructor(process: ChildProcess, lines: Interface) {
    this.#process = process;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** Gives the port too. */
  static async start(): Promise<[MailServer, number]> {
    const child = spawn('/usr/bin/python3', ['-W', 'ignore', SINK, 'none', '-'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const server = new MailServer(child, createInterface({ input: child.stdout }));
    return [server, await server.#next<number>()];
  }

  /** The next letter. */
  letter = (): Promise<Letter> => this.#next<Letter>();

  stop(): void {
    this.#process.kill();
  }

  async #next<T>(): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new Error('no letter came')), LETTER_MS);
    });
    const { value } = await Promise.race([this.#lines.next(), late]);
    clearTimeout(timer);
    return JSON.parse(value) as T;
  }
}

/** What a node needs to send letters there. */
export const mailSettings = (port: number): Record<string, string> => ({
  SNUG_NODE_PUBLIC_URL: 'https://localhost:{port}',
  SNUG_MAIL_SERVER: 'localhost',
  SNUG_MAIL_PORT: String(port),
  SNUG_MAIL_SECURITY: 'none',
  SNUG_MAIL_FROM: 'snug@snug.example',
});

/** The first link of a letter that leads there. */
export function linkOf(letter: Letter, kind: string): string {
  const link = letter.text.split(/\s+/).find((word) => word.startsWith('https://') && word.includes(kind));
  if (!link) throw new Error(`no link to ${kind} in ${letter.text}`);
  return link;
}
