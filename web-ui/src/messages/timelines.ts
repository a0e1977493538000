// The timelines of the conversations looked at lately, fed with their events.
import type { Id } from '../api/types';
import { live } from '../state/live';
import { remember } from '../state/load';
import { store } from '../state/store';
import { loadHistory } from './api';
import { Timeline } from './timeline';
import { forgetViews, openView } from './views';

const KEPT = 12;
const timelines = new Map<Id, Timeline>();

/** The timeline of a conversation; the least recently used one makes room. */
export function timelineOf(conversationId: Id): Timeline {
  const timeline =
    timelines.get(conversationId) ??
    new Timeline(conversationId, {
      load: loadHistory,
      view: openView,
      readState: () => store.getState().readStates[conversationId],
      me: () => store.getState().me?.user.id ?? '',
      remember: remember.users,
    });
  timelines.delete(conversationId);
  timelines.set(conversationId, timeline);
  const oldest = timelines.keys().next().value;
  if (timelines.size > KEPT && oldest !== undefined) timelines.delete(oldest);
  return timeline;
}

/** Signed out. */
export function forgetTimelines(): void {
  timelines.clear();
  forgetViews();
}

live.listen({
  event: (event) => timelines.get(event.s)?.receive(event),
  reload: (streams) => {
    for (const id of streams) timelines.get(id)?.refresh();
  },
});
