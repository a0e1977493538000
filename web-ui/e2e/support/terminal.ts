// The terminal client of the same program, as people run it from scripts.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PASSWORD } from './account';
import { BINARY, type SnugNode } from './node';

export interface Line {
  author: string;
  text: string | null;
  is_encrypted: boolean;
}

/** Somebody's terminal, with keys of its own. */
export class Terminal {
  readonly #folder: string;

  private constructor(node: SnugNode, name: string) {
    this.#folder = join(node.folder, 'terminals', name);
  }

  /** Signs in: by the password alone, or with the recovery words in the second line of `input`. */
  static async login(node: SnugNode, username: string, more: string[] = [], input = ''): Promise<Terminal> {
    const terminal = new Terminal(node, `${username}-${Math.random().toString(36).slice(2)}`);
    const access = ['--key-file', '--fingerprint', node.fingerprint];
    await terminal.run(['login', node.origin, username, ...access, ...more], `${PASSWORD}\n${input}`);
    return terminal;
  }

  /** Runs a command and gives back what it prints. */
  run(command: string[], input = ''): Promise<string> {
    const child = spawn(BINARY, [...command, '--client-dir', this.#folder], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(input);
    return new Promise((done, fail) => {
      let [out, err] = ['', ''];
      child.stdout.on('data', (piece: Buffer) => {
        out += piece.toString();
      });
      child.stderr.on('data', (piece: Buffer) => {
        err += piece.toString();
      });
      child.on('error', fail);
      child.on('close', (code) =>
        code === 0 ? done(out) : fail(new Error(`snug ${command.join(' ')}: ${err || out}`)),
      );
    });
  }

  async send(to: string, text: string): Promise<void> {
    await this.run(['send', to, text]);
  }

  /** The newest messages of a conversation. */
  async tail(from: string): Promise<Line[]> {
    const out = await this.run(['tail', from, '--once', '--json']);
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  async texts(from: string): Promise<(string | null)[]> {
    return (await this.tail(from)).map(({ text }) => text);
  }
}
