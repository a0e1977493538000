import { expect, test } from 'vitest';
import type { Category, Room } from '../api/types';
import { readCode } from './code';
import { groupRooms, orderOf, placeRoom, positionsOf, type RoomGroup, stepCategory, stepRoom } from './order';

const category = (id: string, position: number): Category => ({ id, server_id: 's', name: id, position });
const room = (id: string, category_id: string | null, position: number): Room => ({
  id,
  server_id: 's',
  category_id,
  kind: 'text',
  name: id,
  topic: '',
  is_private: false,
  is_encrypted: false,
  position,
  created_at: 0,
});
const record = <T extends { id: string }>(list: T[]) =>
  Object.fromEntries(list.map((each) => [each.id, each]));

const groups = groupRooms(
  record([category('work', 2), category('fun', 1)]),
  record([room('a', null, 0), room('b', 'fun', 2), room('c', 'fun', 1), room('d', 'work', 0)]),
  's',
);
const shape = (list: RoomGroup[]) =>
  list.map(({ category, rooms }) => `${category?.id ?? '-'}:${rooms.map(({ id }) => id).join('')}`).join(' ');

test('rooms are grouped by category and position', () => {
  expect(shape(groups)).toBe('-:a fun:cb work:d');
});

test('a room steps inside its group and over its ends', () => {
  expect(shape(stepRoom(groups, 'c', 1))).toBe('-:a fun:bc work:d');
  expect(shape(stepRoom(groups, 'c', -1))).toBe('-:ac fun:b work:d');
  expect(shape(stepRoom(groups, 'b', 1))).toBe('-:a fun:c work:bd');
  expect(shape(stepRoom(groups, 'a', -1))).toBe('-:a fun:cb work:d');
  expect(shape(stepRoom(groups, 'd', 1))).toBe('-:a fun:cb work:d');
});

test('a room is dropped where it was dragged to', () => {
  expect(shape(placeRoom(groups, 'a', 1, 1))).toBe('-: fun:cab work:d');
});

test('a category moves, but never above the rooms without one', () => {
  expect(shape(stepCategory(groups, 'work', -1))).toBe('-:a work:d fun:cb');
  expect(shape(stepCategory(groups, 'fun', -1))).toBe('-:a fun:cb work:d');
});

test('what is sent and what is shown meanwhile agree', () => {
  const moved = stepRoom(groups, 'b', 1);
  expect(orderOf(moved).rooms.map(({ id, category_id }) => `${id}${category_id ?? ''}`)).toEqual([
    'a',
    'cfun',
    'bwork',
    'dwork',
  ]);
  const { categories, rooms } = positionsOf(moved);
  expect(shape(groupRooms(record(categories), record(rooms), 's'))).toBe(shape(moved));
});

test.each([
  ['ab3 k9', 'AB3K9'],
  [' ab-3k9 ', 'AB3K9'],
  ['https://chat.example.org/invite/7KQ2M9XA4CPT?x=1', '7KQ2M9XA4CPT'],
])('%s is read as %s', (text, code) => {
  expect(readCode(text)).toBe(code);
});
