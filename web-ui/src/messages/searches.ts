// This device's search: it keeps what was found while its panel is closed, and ends with the session.
import type { Id } from '../api/types';
import { type LocalQuery, openIndex } from '../encryption/index/device-index';
import { live } from '../state/live';
import { remember } from '../state/load';
import { store } from '../state/store';
import { socket } from '../state/sync';
import { searchMessages } from './api';
import { mergedSearch } from './merged-search';
import { MessageSearch } from './search';

const sources = {
  node: searchMessages,
  device: async (query: LocalQuery) => (await openIndex()?.find(query)) ?? null,
  roomsOf: (serverId: Id) =>
    Object.values(store.getState().rooms)
      .filter((room) => room.server_id === serverId)
      .map(({ id }) => id),
};

let own: { userId: Id; search: MessageSearch } | null = null;

/** The signed-in user's search. */
export function ownSearch(): MessageSearch {
  const userId = store.getState().me?.user.id ?? '';
  if (own?.userId !== userId) {
    own = {
      userId,
      search: new MessageSearch({ search: mergedSearch(sources), remember: remember.users, isName }),
    };
  }
  return own.search;
}

function isName(username: string): boolean {
  return Object.values(store.getState().users).some((user) => user.username.toLowerCase() === username);
}

live.listen({
  event: (event) => {
    if (event.ev === 'message.deleted') own?.search.drop(event.d.id);
  },
});

socket.subscribe(() => {
  if (socket.isOnline && own?.search.getSnapshot().error?.kind === 'away') own.search.retry();
});
