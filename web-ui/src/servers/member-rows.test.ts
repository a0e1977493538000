import { expect, test } from 'vitest';
import type { Member, Presence, Role } from '../api/types';
import { memberRows, topRole } from './member-rows';

const member = (id: string, nickname: string | null = null, role_ids: string[] = []): Member => ({
  user: {
    id,
    username: id,
    display_name: '',
    bio: '',
    link: '',
    status_text: '',
    picture: null,
    type: 'human',
    created_at: 0,
    is_disabled: false,
  },
  nickname,
  role_ids,
  joined_at: 0,
});
const presence = (id: string, state: Presence['presence']): [string, Presence] => [
  id,
  { id, presence: state, last_seen_at: null },
];

test('those who are there come first, by name', () => {
  const members = [member('zoe'), member('ann', 'Queen'), member('bob'), member('cat')];
  const rows = memberRows(
    members,
    Object.fromEntries([presence('zoe', 'dnd'), presence('ann', 'idle'), presence('bob', 'offline')]),
  );
  const shown = rows.map((row) => (row.kind === 'heading' ? `${row.id} ${row.count}` : row.member.user.id));
  expect(shown).toEqual(['online 2', 'ann', 'zoe', 'offline 2', 'bob', 'cat']);
});

test('the highest role counts, and plain membership does not', () => {
  const role = (id: string, kind: Role['kind']): Role => ({
    id,
    server_id: 's',
    kind,
    name: id,
    color: null,
    position: 0,
    permissions: [],
  });
  const roles = { o: role('o', 'owner'), a: role('a', 'admin'), m: role('m', 'member') };
  expect(topRole(member('x', null, ['m', 'a', 'o']), roles)?.id).toBe('o');
  expect(topRole(member('x', null, ['m']), roles)).toBeNull();
});
