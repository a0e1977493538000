// Events in a table: the state before, the event, the state after. The types see to it that no event is left out.
import { describe, expect, it } from 'vitest';
import type { EventName, EventPayloads, StreamEvent } from '../api/events';
import type { Id } from '../api/types';
import { apply } from '../state/apply';
import { loadSync } from '../state/load';
import { emptyState, type State } from '../state/store';
import { aSync } from './entities';

interface Case<E extends EventName> {
  name: string;
  before?: (state: State) => State;
  s: Id;
  d: EventPayloads[E];
  after: (state: State, before: State) => void;
}

export type Cases<E extends EventName> = { [Name in E]: Case<Name>[] };

export type ServerEventName = Extract<
  EventName,
  `${'server' | 'room' | 'category' | 'role' | 'member'}.${string}`
>;

/** One test for each case. */
export function checkEvents(cases: Partial<Cases<EventName>>): void {
  for (const [ev, list] of Object.entries(cases)) {
    describe(ev, () => {
      for (const { name, before, s, d, after } of list) {
        it(name, () => {
          const loaded = loadSync(emptyState, aSync());
          const state = before?.(loaded) ?? loaded;
          const n = (state.cursors[s] ?? 0) + 1;
          const applied = apply(state, { s, n, ev, d } as StreamEvent);
          expect(applied.outcome).toBe('applied');
          // Whatever it means, it is counted, unless its own stream goes with it.
          if (s in applied.state.cursors) expect(applied.state.cursors[s]).toBe(n);
          after(applied.state, state);
        });
      }
    });
  }
}
