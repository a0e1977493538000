// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Unreachable } from './errors';
import { api, take } from './http';
import { session } from './session';

/** A node that takes every connection and answers nothing. */
function silence(): void {
  const never = (request: Request) =>
    new Promise<never>((_, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error));
    });
  vi.stubGlobal('fetch', never);
}

// Without a page there is no address that `/api` could belong to.
const ask = (signal: AbortSignal) =>
  take(api.GET('/api/v1/sync', { baseUrl: 'https://snug.example', signal }));

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a request without an answer', () => {
  it('counts as not reached when it has taken too long', async () => {
    silence();
    await expect(ask(AbortSignal.timeout(20))).rejects.toBeInstanceOf(Unreachable);
  });

  it('that was called off says so', async () => {
    silence();
    const asking = new AbortController();
    const answer = expect(ask(asking.signal)).rejects.toMatchObject({ name: 'AbortError' });
    asking.abort();
    await answer;
  });
});

describe('an answer that is broken off', () => {
  const broken = (beginning: string) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(beginning));
        controller.error(new TypeError('network error'));
      },
    });
    return new Response(body, { headers: { 'content-type': 'application/json' } });
  };

  it('counts as not reached', async () => {
    vi.stubGlobal('fetch', async () => broken('{"streams":'));
    await expect(ask(AbortSignal.timeout(9_000))).rejects.toBeInstanceOf(Unreachable);
  });

  it("is the same as somebody else's page", async () => {
    vi.stubGlobal('fetch', async () => new Response('<h1>Sign in to this network</h1>'));
    await expect(ask(AbortSignal.timeout(9_000))).rejects.toBeInstanceOf(Unreachable);
  });

  it('does not sign out when a new token was asked for', async () => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('fetch', async () => broken('{"access_token":'));
    await expect(session.refresh()).rejects.toBeInstanceOf(Unreachable);
  });
});
