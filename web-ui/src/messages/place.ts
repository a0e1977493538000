// The conversation that a component is drawn in.
import { createContext, useContext } from 'react';
import type { Id, Message } from '../api/types';
import type { Composer } from './composer';
import type { Timeline } from './timeline';

export interface Place {
  conversationId: Id;
  /** The server of the room; null in direct conversations and groups. */
  serverId: Id | null;
  timeline: Timeline;
  composer: Composer;
  /** Asks first. */
  askToDelete(message: Message): void;
  /** Opens the emoji picker for a reaction. */
  pickReaction(message: Message): void;
  /** Opens the list of those who have read it. */
  showReceipts(message: Message): void;
  /** Asks for a reason, then shows the message to the moderators. */
  report(message: Message): void;
}

export const PlaceContext = createContext<Place | null>(null);

export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (!place) throw new Error('Only inside a conversation.');
  return place;
}
