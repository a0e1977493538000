// The order of categories and rooms, as the settings page changes it.
import type { Category, Id, Room } from '../api/types';
import { byPosition } from '../state/selectors';
import type { RoomOrder } from './api';

/** A category with its rooms; the first group holds the rooms without a category. */
export interface RoomGroup {
  category: Category | null;
  rooms: Room[];
}

export function groupRooms(
  categories: Record<Id, Category>,
  rooms: Record<Id, Room>,
  serverId: Id,
): RoomGroup[] {
  const own = Object.values(categories)
    .filter((category) => category.server_id === serverId)
    .sort(byPosition);
  const known = new Set(own.map(({ id }) => id));
  const inside = (id: Id | null) =>
    Object.values(rooms)
      .filter((room) => room.server_id === serverId)
      .filter((room) => (room.category_id && known.has(room.category_id) ? room.category_id : null) === id)
      .sort(byPosition);
  return [
    { category: null, rooms: inside(null) },
    ...own.map((category) => ({ category, rooms: inside(category.id) })),
  ];
}

/** Moves a room one place up or down; past the end of its group it goes into the next one. */
export function stepRoom(groups: RoomGroup[], roomId: Id, step: -1 | 1): RoomGroup[] {
  const from = groups.findIndex((group) => group.rooms.some((room) => room.id === roomId));
  const at = groups[from]?.rooms.findIndex((room) => room.id === roomId) ?? -1;
  const target = at + step;
  if (from < 0) return groups;
  if (target >= 0 && target < (groups[from]?.rooms.length ?? 0))
    return placeRoom(groups, roomId, from, target);
  const next = groups[from + step];
  if (!next) return groups;
  return placeRoom(groups, roomId, from + step, step === 1 ? 0 : next.rooms.length);
}

/** Puts a room into a group, at an index counted without the room itself. */
export function placeRoom(groups: RoomGroup[], roomId: Id, group: number, index: number): RoomGroup[] {
  const room = groups.flatMap(({ rooms }) => rooms).find(({ id }) => id === roomId);
  if (!room) return groups;
  return groups.map((each, at) => {
    const rooms = each.rooms.filter(({ id }) => id !== roomId);
    return { ...each, rooms: at === group ? rooms.toSpliced(index, 0, room) : rooms };
  });
}

/** Moves a category with its rooms. The rooms without a category stay on top. */
export function stepCategory(groups: RoomGroup[], categoryId: Id, step: -1 | 1): RoomGroup[] {
  const from = groups.findIndex(({ category }) => category?.id === categoryId);
  const to = from + step;
  const moved = groups[from];
  if (!moved || to < 1 || to >= groups.length) return groups;
  return groups.toSpliced(from, 1).toSpliced(to, 0, moved);
}

/** What is sent to the node. */
export function orderOf(groups: RoomGroup[]): RoomOrder {
  return {
    categories: groups.flatMap(({ category }) => (category ? [category.id] : [])),
    rooms: groups.flatMap(({ category, rooms }) =>
      rooms.map(({ id }) => ({ id, category_id: category?.id ?? null })),
    ),
  };
}

/** The same order as positions, to be shown before the node has answered. */
export function positionsOf(groups: RoomGroup[]): { categories: Category[]; rooms: Room[] } {
  return {
    categories: groups.flatMap(({ category }, position) => (category ? [{ ...category, position }] : [])),
    rooms: groups
      .flatMap(({ category, rooms }) => rooms.map((room) => ({ ...room, category_id: category?.id ?? null })))
      .map((room, position) => ({ ...room, position })),
  };
}
