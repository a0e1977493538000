// The timelines of the conversations looked at lately, fed with their events.
import type { Id } from '../api/types';
import { live } from '../state/live';
import { remember } from '../state/load';
import { store } from '../state/store';
import { socket } from '../state/sync';
import { loadHistory } from './api';
import { keptHistory } from './kept-history';
import { Timeline } from './timeline';
import { forgetViews, openView } from './views';

const KEPT = 12;
const timelines = new Map<Id, Timeline>();

/** The timeline of a conversation; the least recently used one makes room. */
export function timelineOf(conversationId: Id): Timeline {
  const timeline =
    timelines.get(conversationId) ??
    new Timeline(conversationId, {
      load: (id, where) => keptHistory.load(id, loadHistory(id, where)),
      view: (id, around) => keptHistory.view(id, around, openView),
      readState: () => store.getState().readStates[conversationId],
      me: () => store.getState().me?.user.id ?? '',
      remember: remember.users,
      isCut: () => store.getState().isKept,
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
  keptHistory.forget();
  forgetViews();
}

live.listen({
  event: (event) => timelines.get(event.s)?.receive(event),
  reload: (streams) => {
    for (const id of streams) timelines.get(id)?.refresh();
  },
});

// What was shown without the node is loaded once it is back.
socket.subscribe(() => {
  if (!socket.isOnline || store.getState().isKept) return;
  for (const id of keptHistory.shown()) timelines.get(id)?.refresh();
});
