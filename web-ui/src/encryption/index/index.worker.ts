// Searching must not hold up typing: the index lives in a worker of its own.

import { KeptIndex } from './kept-index';
import type { Asked } from './message-index';
import type { IndexAnswer, IndexCall } from './worker-calls';

let index: KeptIndex | null = null;

async function answer(call: IndexCall): Promise<unknown> {
  if (call.name === 'open') {
    index = new KeptIndex(call.input as string);
    return null;
  }
  if (!index) throw new Error('The index is not open.');
  switch (call.name) {
    case 'put':
      return index.put(call.input as Parameters<KeptIndex['put']>[0]);
    case 'remove':
      return index.remove(call.input as string[]);
    case 'forget':
      return index.forget(call.input as string);
    case 'search':
      return index.search(call.input as Asked);
    case 'stats':
      return index.stats();
    case 'save':
      return index.save();
    default:
      return index.clear();
  }
}

self.onmessage = async ({ data }: MessageEvent<IndexCall>) => {
  let result: IndexAnswer;
  try {
    result = { number: data.number, output: await answer(data) };
  } catch (error) {
    result = { number: data.number, error: error instanceof Error ? error.message : String(error) };
  }
  postMessage(result);
};
