// A second build of the app in front of a node: the same with another first page.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SnugNode } from './node';

export interface Front {
  /** Where browsers reach it: this machine itself, so that no certificate is needed. */
  origin: string;
  /** From now on it is the next build. */
  exchange(): void;
  stop(): void;
}

const MARK = '<meta name="build" content="next"></head>';

export async function frontOf(node: SnugNode): Promise<Front> {
  let isNext = false;
  const target = new URL(node.origin);
  const ask = (asked: IncomingMessage) => {
    const headers = { ...asked.headers, host: target.host, 'accept-encoding': 'identity' };
    if (asked.headers.origin) headers.origin = node.origin;
    delete headers['if-none-match'];
    return request({
      host: '127.0.0.1',
      port: target.port,
      servername: target.hostname,
      method: asked.method,
      path: asked.url,
      headers,
      rejectUnauthorized: false,
    });
  };
  const server = createServer((asked: IncomingMessage, answer: ServerResponse) => {
    const forward = ask(asked);
    forward.on('error', () => answer.destroy());
    forward.on('response', async (got) => {
      const kind = got.headers['content-type'] ?? '';
      const isPage = kind.startsWith('text/html') || asked.url === '/service-worker.js';
      if (!isNext || !isPage || got.statusCode !== 200) {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
        return;
      }
      const body = exchanged(await textOf(got), kind.startsWith('text/html') ? null : await page());
      const { 'content-length': _, etag: __, ...headers } = got.headers;
      answer.writeHead(200, headers);
      answer.end(body);
    });
    asked.pipe(forward);
  });
  const page = () =>
    new Promise<string>((done, fail) => {
      const options = { host: '127.0.0.1', port: target.port, path: '/', rejectUnauthorized: false };
      request({ ...options, servername: target.hostname }, (got) => void textOf(got).then(done, fail)).end();
    });
  server.on('upgrade', (asked: IncomingMessage, browser: Duplex) => {
    const forward = ask(asked);
    forward.on('error', () => browser.destroy());
    forward.on('upgrade', (got, socket: Duplex) => {
      const lines = Object.entries(got.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      browser.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
      for (const one of [browser, socket]) one.on('error', () => undefined);
      browser.pipe(socket).pipe(browser);
    });
    forward.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    exchange: () => {
      isNext = true;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The page with a mark; the service worker with the marked page in its list. */
function exchanged(text: string, page: string | null): string {
  if (page === null) return text.replace('</head>', MARK);
  const sum = (of: string) => `sha256-${createHash('sha256').update(of).digest('base64')}`;
  return text.replace(sum(page), sum(exchanged(page, null))).replace(/version:`[^`]*`/, 'version:`next`');
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
