// Tells those who keep messages (timelines, the outbox) what has just been applied to the state.
import type { StreamEvent } from '../api/events';
import type { Id } from '../api/types';

export interface LiveListener {
  event?(event: StreamEvent): void;
  /** These streams were loaded afresh: what was cached of them may have holes. */
  reload?(streams: ReadonlySet<Id>): void;
}

const listeners = new Set<LiveListener>();

export const live = {
  listen(listener: LiveListener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  event(event: StreamEvent): void {
    for (const listener of listeners) listener.event?.(event);
  },
  reload(streams: ReadonlySet<Id>): void {
    if (streams.size === 0) return;
    for (const listener of listeners) listener.reload?.(streams);
  },
};
