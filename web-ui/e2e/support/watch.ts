// What no journey may do: log an error, break the content security policy, ask another host for anything.
import type { BrowserContext, ConsoleMessage, Page, Request, WebSocket } from '@playwright/test';

/** Chromium logs every refused request by itself; those that belong to a journey (a wrong password) are no mistakes. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/;
/** What Chromium logs when the app finds out that the node's own certificate is not trusted here. */
const UNTRUSTED = 'An SSL certificate error occurred when fetching the script.';
/** What a browser logs while the node is down or the network is cut. */
const CUT =
  /net::ERR_|WebSocket connection to|WebSocket is closed|An unknown error occurred when fetching the script/;

/** How many requests are remembered for whoever looks at a journey that failed. */
const MOST_REQUESTS = 200;

export class Watch {
  readonly problems: string[] = [];
  /** The node is killed or the network cut on purpose. */
  isCut = false;
  /** The page's newest connection, once the node has welcomed it. */
  #live: WebSocket | null = null;
  #origin: string;
  readonly #requests: string[] = [];

  constructor(context: BrowserContext, origin: string) {
    this.#origin = origin;
    context.on('page', (page) => this.#watch(page));
    context.on('request', (request) => {
      this.#checkHost(request.url());
      this.#note('asked', request);
    });
    context.on('requestfinished', async (request) => {
      const answer = await request.response().catch(() => null);
      this.#note(String(answer?.status() ?? 'answered'), request);
    });
    context.on('requestfailed', (request) => this.#note(request.failure()?.errorText ?? 'failed', request));
  }

  /** Whether the page is told what happens. What is not kept for later, as who is typing, others are never told. */
  get isLive(): boolean {
    return this.#live !== null && !this.#live.isClosed();
  }

  /** The page is left for another one. */
  left(): void {
    this.#live = null;
  }

  /** The newest requests to the node's API, and what became of them. */
  get requests(): readonly string[] {
    return this.#requests;
  }

  #note(what: string, request: Request): void {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith('/api/')) return;
    const at = new Date().toISOString().slice(11, 23);
    this.#requests.push(`${at} ${what.padEnd(8)} ${request.method()} ${pathname}`);
    if (this.#requests.length > MOST_REQUESTS) this.#requests.shift();
  }

  #watch(page: Page): void {
    page.on('console', (message) => this.#checkConsole(message));
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.stack ?? error.message}`));
    page.on('crash', () => this.problems.push('the page crashed'));
    page.on('websocket', (socket) => {
      this.#checkHost(socket.url().replace(/^ws/, 'http'));
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('"heartbeat_s"')) this.#live = socket;
      });
    });
  }

  #checkConsole(message: ConsoleMessage): void {
    const text = message.text();
    const isViolation = /Content Security Policy|TrustedHTML|TrustedScript|Trusted Types/i.test(text);
    if (message.type() !== 'error' && !isViolation) return;
    if (REFUSED.test(text) || text === UNTRUSTED || (this.isCut && CUT.test(text))) return;
    this.problems.push(`console: ${text} (${message.location().url})`);
  }

  #checkHost(url: string): void {
    if (/^(blob|data|about):/.test(url) || url.startsWith(`${this.#origin}/`)) return;
    this.problems.push(`asked another host: ${url}`);
  }
}
