// What a REST answer changed is put into the store at once; the event that follows says the same.
import type { Category, Id, Room, Server } from '../api/types';
import { store } from '../state/store';

export function keepServer(server: Server): void {
  store.setState((state) => {
    const known = state.servers[server.id];
    return known ? { servers: { ...state.servers, [server.id]: { ...known, ...server } } } : {};
  });
}

export function keepAccessCode(serverId: Id, access_code: string | null): void {
  store.setState((state) => {
    const known = state.servers[serverId];
    return known ? { servers: { ...state.servers, [serverId]: { ...known, access_code } } } : {};
  });
}

export function keepRoom(room: Room): void {
  store.setState((state) => ({ rooms: { ...state.rooms, [room.id]: room } }));
}

export function keepCategory(category: Category): void {
  store.setState((state) => ({ categories: { ...state.categories, [category.id]: category } }));
}
