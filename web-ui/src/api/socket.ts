// The one realtime connection: hello, answers, events, heartbeat, reconnecting. Knows no state but its own.
import { ApiError, Unreachable } from './errors';
import type { EphemeralEvent, Resumed, StreamEvent } from './events';
import type { Id } from './types';

export type Connection =
  | { state: 'connecting' }
  | { state: 'online' }
  /** `retryAt`: when it is tried again (Unix milliseconds). */
  | { state: 'offline'; retryAt: number };

/** What the socket needs from its owner, and whom it tells. */
export interface SocketOwner {
  /** A usable access token; `renew` asks for a new one because the node refused the last. */
  token(renew: boolean): Promise<string>;
  cursors(): Record<Id, number>;
  isIdle(): boolean;
  event(event: StreamEvent): void;
  ephemeral(event: EphemeralEvent): void;
  resumed(answer: Resumed): void;
  /** Hello has been answered: the connection can be used. */
  online(): void;
  signedOut(): void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

interface Answer {
  re: number;
  ok?: unknown;
  error?: { code: string; detail: string; field?: string };
}

const PING_MS = 25_000;
const PONG_MS = 10_000;
const ANSWER_MS = 15_000;
const OPEN_MS = 10_000;
/** After a restart all devices come back at once: the first attempts are spread over this time. */
const FIRST_RETRY_MS = { min: 200, max: 3_000 };
const LONGEST_RETRY_MS = 30_000;
/** An overloaded node is left alone for a while. */
const OVERLOAD_RETRY_MS = { min: 5_000, max: 15_000 };
const MISTAKE_RETRY_MS = { min: 10_000, max: 20_000 };
const TRY_AGAIN_LATER = 1013;
const SESSION_ENDED = 4001;
const OUR_MISTAKE = 4003;
const TOO_MANY = 4008;

export class Socket {
  #owner: SocketOwner;
  #socket: WebSocket | null = null;
  #connection: Connection = { state: 'connecting' };
  #listeners = new Set<() => void>();
  #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #attempt = 0;
  #isStarted = false;
  #isRefused = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;

  constructor(owner: SocketOwner) {
    this.#owner = owner;
  }

  getSnapshot = (): Connection => this.#connection;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get isOnline(): boolean {
    return this.#connection.state === 'online';
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    window.addEventListener('online', this.#wake);
    window.addEventListener('offline', this.#probe);
    document.addEventListener('visibilitychange', this.#shown);
    void this.#connect();
  }

  stop(): void {
    this.#isStarted = false;
    window.removeEventListener('online', this.#wake);
    window.removeEventListener('offline', this.#probe);
    document.removeEventListener('visibilitychange', this.#shown);
    clearTimeout(this.#retry);
    this.#drop(1000);
    // The next to sign in here starts afresh.
    this.#attempt = 0;
    this.#isRefused = false;
    this.#set({ state: 'connecting' });
  }

  /** Tries at once instead of waiting for the next attempt. */
  reconnect = (): void => {
    if (!this.#isStarted || this.#socket) return;
    clearTimeout(this.#retry);
    this.#attempt = 0;
    void this.#connect();
  };

  /** Sends a frame and waits for its answer. Throws `Unreachable` when there is no connection. */
  request<T>(op: string, d: object): Promise<T> {
    if (!this.isOnline) return Promise.reject(new Unreachable());
    return this.#request<T>(op, d, ANSWER_MS);
  }

  /** Sends a frame whose loss does not matter, such as a typing notice. */
  tell(op: string, d: object): void {
    if (this.isOnline) this.#request(op, d, ANSWER_MS).catch(() => undefined);
  }

  #request<T>(op: string, d: object, timeoutMs: number): Promise<T> {
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return Promise.reject(new Unreachable());
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Unreachable('The node did not answer in time.'));
      }, timeoutMs);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      socket.send(JSON.stringify({ id, op, d }));
    });
  }

  async #connect(): Promise<void> {
    this.#set({ state: 'connecting' });
    let token: string;
    try {
      token = await this.#owner.token(this.#isRefused);
    } catch (error) {
      if (error instanceof ApiError) this.#owner.signedOut();
      else this.#later();
      return;
    }
    if (!this.#isStarted || this.#socket) return;
    const scheme = location.protocol === 'http:' ? 'ws' : 'wss';
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/socket`);
    this.#socket = socket;
    const opening = setTimeout(() => this.#abandon(socket), OPEN_MS);
    socket.onopen = () => {
      clearTimeout(opening);
      void this.#hello(socket, token);
    };
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(String(event.data));
    };
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  async #hello(socket: WebSocket, token: string): Promise<void> {
    const { cursors, isIdle } = this.#owner;
    try {
      const answer = await this.#request<Resumed>(
        'hello',
        { token, cursors: cursors(), idle: isIdle() },
        PONG_MS,
      );
      this.#attempt = 0;
      this.#isRefused = false;
      this.#ping = setInterval(this.#probe, PING_MS);
      this.#set({ state: 'online' });
      this.#owner.resumed(answer);
      this.#owner.online();
    } catch {
      // A refusal closes the socket by itself, with a code that tells why; silence does not.
      setTimeout(() => this.#abandon(socket), 500);
    }
  }

  #receive(text: string): void {
    const frame = JSON.parse(text) as Answer | StreamEvent | EphemeralEvent;
    if ('re' in frame) this.#answered(frame);
    else if ('s' in frame) this.#owner.event(frame);
    else this.#owner.ephemeral(frame);
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.re);
    if (!waiting) return;
    this.#waiting.delete(answer.re);
    clearTimeout(waiting.timer);
    if (answer.error) waiting.reject(new ApiError(answer.error));
    else waiting.resolve(answer.ok);
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.#drop(0);
    if (!this.#isStarted) return;
    if (code === SESSION_ENDED && this.#isRefused) {
      this.#owner.signedOut();
      return;
    }
    if (code === SESSION_ENDED) {
      this.#isRefused = true;
      void this.#connect();
      return;
    }
    if (code === TRY_AGAIN_LATER) this.#later(OVERLOAD_RETRY_MS);
    else if (code === TOO_MANY || code === OUR_MISTAKE) this.#later(MISTAKE_RETRY_MS);
    else this.#later();
  }

  /** Tries again at a random moment within a time, which grows with every failure unless the code has one of its own. */
  #later({ min, max } = retryTime(this.#attempt)): void {
    this.#attempt += 1;
    const delay = min + Math.random() * (max - min);
    this.#set({ state: 'offline', retryAt: Date.now() + delay });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), delay);
  }

  /** Gives up on a connection that looks open but is not. */
  #abandon(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#drop(1000);
    if (this.#isStarted) this.#later();
  }

  #drop(code: number): void {
    const socket = this.#socket;
    this.#socket = null;
    clearInterval(this.#ping);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Unreachable());
    }
    this.#waiting.clear();
    if (socket && code !== 0) socket.close(code);
  }

  #probe = (): void => {
    const socket = this.#socket;
    if (!socket || !this.isOnline) return;
    this.#request('ping', {}, PONG_MS).catch((error: unknown) => {
      if (error instanceof Unreachable) this.#abandon(socket);
    });
  };

  #shown = (): void => {
    if (document.visibilityState !== 'hidden') this.#wake();
  };

  /** The network or the tab is back: do not wait for a timer. */
  #wake = (): void => {
    if (this.#socket) this.#probe();
    else if (this.#connection.state === 'offline') this.reconnect();
  };

  #set(connection: Connection): void {
    this.#connection = connection;
    for (const listener of this.#listeners) listener();
  }
}

function retryTime(attempt: number): { min: number; max: number } {
  const { min, max } = FIRST_RETRY_MS;
  return { min, max: Math.min(max * 2 ** attempt, LONGEST_RETRY_MS) };
}
