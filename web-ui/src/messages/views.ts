// Opening a conversation: one request brings what the message list, the pins and the members' panel show at first.
import type { Id, View } from '../api/types';
import { remember } from '../state/load';
import { loadView } from './api';

/** A panel whose code is still being loaded takes its part from a view up to this much later. */
const FRESH_MS = 10_000;

const views = new Map<Id, Promise<View>>();

/** Loads a conversation's view and puts what is not history into the store. */
export function openView(conversationId: Id, around: number | null): Promise<View> {
  const opening = loadView(conversationId, around).then((view) => {
    remember.view(view);
    return view;
  });
  const forget = () => {
    if (views.get(conversationId) === opening) views.delete(conversationId);
  };
  views.set(conversationId, opening);
  opening.then(() => setTimeout(forget, FRESH_MS), forget);
  return opening;
}

/** The view that has just been loaded or is under way, for those who would otherwise ask for a part of it. */
export const recentView = (conversationId: Id): Promise<View> | undefined => views.get(conversationId);

/** Signed out. */
export function forgetViews(): void {
  views.clear();
}
