import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { own } from './shell';

let kept: Map<string, Response>;
const asked = vi.fn<(path: string) => Promise<Response>>();

beforeEach(() => {
  kept = new Map();
  asked.mockReset();
  const cache = {
    match: async (path: string) => kept.get(path)?.clone(),
    put: async (path: string, answer: Response) => void kept.set(path, answer),
  };
  vi.stubGlobal('caches', { open: async () => cache });
  vi.stubGlobal('fetch', asked);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const text = async () => (await own('/branding.css')).text();

test('the node says how the instance looks, and what it said last holds while it is away', async () => {
  asked.mockImplementation(async () => new Response('one'));
  expect(await text()).toBe('one');
  asked.mockImplementation(async () => new Response('two'));
  expect(await text()).toBe('two');
  asked.mockRejectedValue(new TypeError('no network'));
  expect(await text()).toBe('two');
  asked.mockImplementation(async () => new Response('Bad gateway', { status: 502 }));
  expect(await text()).toBe('two');
});

test('a node that is slow is not waited for for long', async () => {
  asked.mockImplementation(async () => new Response('one'));
  await text();
  vi.useFakeTimers();
  asked.mockImplementation(() => new Promise(() => undefined));
  const answer = text();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await answer).toBe('one');
});

test('what was never seen is not made up', async () => {
  asked.mockRejectedValue(new TypeError('no network'));
  await expect(own('/custom.css')).rejects.toThrow('no network');
});
