// The device's sign-in. The access token lives in memory only; the refresh token is an HTTP-only
// cookie that rotates with every use, so only one tab at a time may refresh.
import { ApiError, Unreachable } from './errors';
import { inTime } from './in-time';
import { keptAccount } from './kept-account';
import type { SignedIn } from './types';

export type SessionState =
  | { status: 'unknown' }
  | { status: 'signed-out' }
  /** Signed in as far as this device knows: the node has not answered since the start. */
  | { status: 'away'; userId: string }
  | { status: 'signed-in'; signedIn: SignedIn };

type Listener = () => void;
type Notice = { type: 'signed-in' | 'signed-out'; userId?: string };

class Session {
  #state: SessionState = { status: 'unknown' };
  #listeners = new Set<Listener>();
  #refreshing: Promise<string> | null = null;
  #channel: BroadcastChannel | null = null;
  #expiresAt = 0;

  constructor() {
    if (typeof BroadcastChannel === 'undefined') return;
    this.#channel = new BroadcastChannel('snug.session');
    this.#channel.onmessage = (event: MessageEvent<Notice>) => this.#hear(event.data);
  }

  getSnapshot = (): SessionState => this.#state;

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get token(): string | null {
    return this.#state.status === 'signed-in' ? this.#state.signedIn.access_token : null;
  }

  get userId(): string | undefined {
    if (this.#state.status === 'away') return this.#state.userId;
    return this.#state.status === 'signed-in' ? this.#state.signedIn.account.user.id : undefined;
  }

  /** Takes over the answer of a registration or sign-in. */
  signIn(signedIn: SignedIn): void {
    this.#set({ status: 'signed-in', signedIn });
    this.#channel?.postMessage({ type: 'signed-in', userId: signedIn.account.user.id });
  }

  /** Ends the session here and on the node, and tells the other tabs. */
  async signOut(): Promise<void> {
    keptAccount.oweSignOut(true);
    await this.#tellSignOut().catch(() => undefined);
    this.forget();
    this.#channel?.postMessage({ type: 'signed-out' });
  }

  /** Offline the cookie stays until the node can be reached; nobody is signed in by it meanwhile. */
  async #tellSignOut(): Promise<void> {
    await fetch('/api/v1/auth/logout', { method: 'POST', credentials: 'same-origin' });
    keptAccount.oweSignOut(false);
  }

  /** The node says that the session is over. */
  forget(): void {
    this.#set({ status: 'signed-out' });
    keptAccount.forget();
  }

  /** The node does not answer: goes on as whoever was signed in here last, until it does. */
  carryOn(): void {
    const userId = keptAccount.get();
    if (this.#state.status === 'unknown' && userId !== null) this.#set({ status: 'away', userId });
  }

  /** At boot: is there a session in the cookie? Throws `Unreachable` when the node is not there. */
  async restore(): Promise<void> {
    if (keptAccount.owesSignOut()) {
      await this.#tellSignOut().catch(() => undefined);
      this.forget();
      return;
    }
    try {
      await this.refresh();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** The access token, renewed first when it is about to expire. */
  async freshToken(): Promise<string> {
    const { token } = this;
    if (token !== null && this.#expiresAt - Date.now() > 30_000) return token;
    return this.refresh();
  }

  /** Gets a new access token; one request at a time over all tabs. */
  refresh(): Promise<string> {
    this.#refreshing ??= this.#locked().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #locked(): Promise<string> {
    if (!navigator.locks) return this.#refresh();
    return navigator.locks.request('snug.refresh', () => this.#refresh());
  }

  async #refresh(): Promise<string> {
    let status: number;
    let signedIn: SignedIn | null = null;
    try {
      // All tabs wait for this one.
      const init = { method: 'POST', credentials: 'same-origin', signal: inTime() } as const;
      const response = await fetch('/api/v1/auth/refresh', init);
      status = response.status;
      if (response.ok) signedIn = (await response.json()) as SignedIn;
    } catch {
      throw new Unreachable();
    }
    if (signedIn) {
      this.#set({ status: 'signed-in', signedIn });
      return signedIn.access_token;
    }
    if (status >= 500 || status === 429) throw new Unreachable();
    this.forget();
    throw new ApiError({ code: 'auth.signed_out', detail: 'You are signed out.', status });
  }

  #hear(notice: Notice): void {
    if (notice.type === 'signed-out') this.forget();
    // Another tab signed in as somebody: the cookie is theirs now, so this tab starts afresh.
    else if (this.userId !== notice.userId) location.reload();
  }

  #set(state: SessionState): void {
    this.#state = state;
    if (state.status === 'signed-in') {
      this.#expiresAt = Date.now() + state.signedIn.expires_in_s * 1_000;
      keptAccount.set(state.signedIn.account.user.id);
    }
    for (const listener of this.#listeners) listener();
  }
}

/** This tab's session. */
export const session = new Session();

export const signIn = (signedIn: SignedIn): void => session.signIn(signedIn);
export const signOut = (): Promise<void> => session.signOut();
