import { expect, test } from 'vitest';
import { store } from '../state/store';
import { counted } from './unseen';

test('what the node counted holds', async () => {
  store.setState({ unseen: 4 });
  expect(await counted(async () => ({ unread: 2 }))).toEqual({ answer: { unread: 2 }, isTaken: true });
  expect(store.getState().unseen).toBe(2);
});

test('an answer from before an event does not take it back', async () => {
  store.setState({ unseen: 0 });
  const asked = async () => {
    store.setState({ unseen: 1 });
    return { unread: 0 };
  };
  expect((await counted(asked)).isTaken).toBe(false);
  expect(store.getState().unseen).toBe(1);
});
