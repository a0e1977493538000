// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Unreachable } from './errors';
import { api, take } from './http';

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
