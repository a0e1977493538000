import { expect, it } from 'vitest';
import type { SearchHit, SearchPage } from '../api/types';
import type { LocalPage } from '../encryption/index/device-index';
import { aMessage } from '../testing/entities';
import { type MergedParts, mergedSearch } from './merged-search';

const hit = (seq: number, id = `message-${seq}`): SearchHit => ({
  message: aMessage(seq, { id }),
  fragments: [],
});
const never = new AbortController().signal;

/** Two lists, each given out in pages of `size`. */
function parts(node: number[], device: number[] | null, size: number): MergedParts {
  const page = (list: number[], from: number) => list.slice(from, from + size).map((seq) => hit(seq));
  return {
    async node({ cursor }): Promise<SearchPage> {
      const from = Number(cursor ?? 0);
      return { hits: page(node, from), users: [], next: from + size < node.length ? `${from + size}` : null };
    },
    async device({ after }): Promise<LocalPage | null> {
      if (!device) return null;
      const from = after?.at ?? 0;
      return {
        hits: page(device, from).map(({ message }) => hit(message.seq, `local-${message.seq}`)),
        next: from + size < device.length ? { at: from + size, id: '' } : null,
      };
    },
    roomsOf: () => [],
  };
}

async function all(search: ReturnType<typeof mergedSearch>): Promise<number[]> {
  const seqs: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await search({ q: 'x', sort: 'newest', ...(cursor && { cursor }) }, never);
    seqs.push(...page.hits.map(({ message }) => message.seq));
    cursor = page.next ?? undefined;
  } while (cursor);
  return seqs;
}

it('shows both lists as one, newest first, over all pages', async () => {
  const node = [90, 80, 70, 60, 50, 40, 3, 2, 1];
  const device = [95, 94, 93, 92, 91, 65, 45, 30];
  const sorted = [...node, ...device].sort((a, b) => b - a);
  for (const size of [1, 2, 3, 5, 100])
    expect(await all(mergedSearch(parts(node, device, size)))).toEqual(sorted);
});

it('is the search of the node where there is no index, or it fails', async () => {
  expect(await all(mergedSearch(parts([3, 2, 1], null, 2)))).toEqual([3, 2, 1]);
  const broken = { ...parts([3, 2], [], 2), device: () => Promise.reject(new Error('gone')) };
  expect(await all(mergedSearch(broken))).toEqual([3, 2]);
});

it('a message that both know stands there once', async () => {
  const both = { ...parts([3, 2], [], 5), device: async () => ({ hits: [hit(3), hit(1)], next: null }) };
  expect(await all(mergedSearch(both))).toEqual([3, 2, 1]);
});

it('asks the device only where the node is asked', async () => {
  const asked: unknown[] = [];
  const watched: MergedParts = {
    ...parts([], [], 5),
    device: async ({ conversations }) => {
      asked.push(conversations);
      return { hits: [], next: null };
    },
    roomsOf: () => ['room-1', 'room-2'],
  };
  const search = mergedSearch(watched);
  await search({ q: 'x', sort: 'best', conversation_id: 'c' }, never);
  await search({ q: 'x', sort: 'best', server_id: 's' }, never);
  await search({ q: 'x', sort: 'best' }, never);
  expect(asked).toEqual([['c'], ['room-1', 'room-2'], null]);
});
