import type { Id, Member, Presence, Role } from '../api/types';

export type MemberRow =
  | { kind: 'heading'; id: 'online' | 'offline'; count: number }
  | { kind: 'member'; member: Member; isOnline: boolean };

/** Those who are there, then those who are not, each by name, under headings. */
export function memberRows(members: Member[], presence: Record<Id, Presence>): MemberRow[] {
  const name = ({ nickname, user }: Member) => nickname || user.display_name || user.username;
  const sorted = members.toSorted((a, b) => name(a).localeCompare(name(b)));
  const isOnline = ({ user }: Member) => (presence[user.id]?.presence ?? 'offline') !== 'offline';
  const group = (id: 'online' | 'offline', list: Member[]): MemberRow[] =>
    list.length === 0
      ? []
      : [
          { kind: 'heading', id, count: list.length },
          ...list.map((member): MemberRow => ({ kind: 'member', member, isOnline: id === 'online' })),
        ];
  return [
    ...group('online', sorted.filter(isOnline)),
    ...group(
      'offline',
      sorted.filter((member) => !isOnline(member)),
    ),
  ];
}

/** The highest of a member's roles that says something about them. */
export function topRole(member: Member, roles: Record<Id, Role>): Role | null {
  const own = member.role_ids.flatMap((id) => roles[id] ?? []).filter(({ kind }) => kind !== 'member');
  const rank = { owner: 0, admin: 1, custom: 2, member: 3 };
  return own.sort((a, b) => rank[a.kind] - rank[b.kind] || a.position - b.position)[0] ?? null;
}

/** Whether a member's names hold what is searched. */
export function matches({ nickname, user }: Member, search: string): boolean {
  const names = [nickname ?? '', user.display_name, user.username].join('\n').toLocaleLowerCase();
  return names.includes(search.toLocaleLowerCase());
}
