// The number of notices that are not read: counted by the node, changed by events.
import { store } from '../state/store';

/**
 * Asks something that comes with the number, and takes it. Not if an event changed the number meanwhile: the answer may be from
 * before, and would take the event back. Says whether it was taken.
 */
export async function counted<T extends { unread: number }>(
  ask: () => Promise<T>,
): Promise<{ answer: T; isTaken: boolean }> {
  const before = store.getState().unseen;
  const answer = await ask();
  const isTaken = store.getState().unseen === before;
  if (isTaken) store.setState({ unseen: answer.unread });
  return { answer, isTaken };
}
