import { useLingui } from '@lingui/react/macro';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import type { Id, Member } from '../api/types';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { IconButton } from '../ui/IconButton';
import { Menu } from '../ui/Menu';
import type { MenuEntry } from '../ui/menu-entries';
import { Spinner } from '../ui/Spinner';
import { TextField } from '../ui/TextField';
import { memberName, useMemberActions } from './member-actions';
import { useMemberList } from './use-member-list';

/** All members with their roles and what may be done about them. */
export function MembersSettings({ serverId }: { serverId: Id }) {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const list = useMemberList(serverId, search);
  const actions = useMemberActions(serverId);
  const count = useStore((state) => state.servers[serverId]?.member_count ?? 0);
  const sorted = list.members.toSorted((a, b) => memberName(a).localeCompare(memberName(b)));
  return (
    <div className="flex flex-col gap-4">
      <TextField
        label={count === 1 ? t`1 member` : t`${count} members`}
        placeholder={t`Search by name`}
        type="search"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        autoComplete="off"
      />
      <ul aria-label={t`Members`} aria-busy={list.isLoading} className="flex flex-col">
        {sorted.map((member) => (
          <MemberLine key={member.user.id} member={member} entries={actions.entriesFor(member)} />
        ))}
      </ul>
      <FormError text={list.error} />
      {list.isLoading && <Spinner label={t`Loading…`} />}
      {!list.isLoading && sorted.length === 0 && (
        <p className="text-muted">{t`Nobody of that name is in the server.`}</p>
      )}
      {list.hasMore && !list.isLoading && <Button onClick={list.loadMore}>{t`Show more`}</Button>}
      {actions.question}
    </div>
  );
}

function MemberLine({ member, entries }: { member: Member; entries: MenuEntry[] }) {
  const { t } = useLingui();
  const roles = useStore((state) => state.roles);
  const name = memberName(member);
  return (
    <li className="flex min-h-14 items-center gap-3 border-line border-b py-2 last:border-b-0">
      <Avatar name={name} picture={member.user.picture} size="md" />
      <div className="min-w-0 grow">
        <p className="truncate font-medium text-sm">{name}</p>
        <p className="truncate text-muted text-sm">@{member.user.username}</p>
      </div>
      <div className="flex flex-wrap justify-end gap-1">
        {member.role_ids.map((id) => {
          const role = roles[id];
          return role && role.kind !== 'member' ? <Badge key={id}>{role.name}</Badge> : null;
        })}
      </div>
      {entries.length > 0 ? (
        <Menu
          align="end"
          entries={entries}
          trigger={
            <IconButton label={t`What to do with ${name}`} icon={<Ellipsis size={18} aria-hidden />} />
          }
        />
      ) : (
        <span className="w-9 pointer-coarse:w-11" />
      )}
    </li>
  );
}
