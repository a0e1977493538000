import { useLingui } from '@lingui/react/macro';
import { UserMinus, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../api/errors';
import type { Member, Room } from '../api/types';
import { useLoad } from '../lib/use-load';
import { Avatar } from '../ui/Avatar';
import { IconButton } from '../ui/IconButton';
import { LoadError } from '../ui/LoadError';
import { Skeleton } from '../ui/Skeleton';
import { TextField } from '../ui/TextField';
import { toasts } from '../ui/toasts';
import { addRoomMember, loadMemberPage, loadRoomMembers, removeRoomMember } from './api';

/** Who sees a private room; adds and removes people. */
export function RoomMembers({ room }: { room: Room }) {
  const { t } = useLingui();
  const [q, setQ] = useState('');
  const inside = useLoad(() => loadRoomMembers(room.id), room.id);
  const found = useLoad(
    async () =>
      q.trim() === '' ? [] : (await loadMemberPage(room.server_id, { q: q.trim(), limit: 10 })).members,
    q.trim(),
  );
  const ids = new Set(inside.data?.map(({ user }) => user.id));
  const others = (found.data ?? []).filter(({ user }) => !ids.has(user.id));

  async function change(run: () => Promise<void>) {
    try {
      await run();
    } catch (error) {
      toasts.error(errorText(error));
    }
    inside.reload();
  }

  return (
    <div className="flex flex-col gap-4">
      <TextField
        label={t`Add members of the server`}
        placeholder={t`Search by name`}
        value={q}
        onChange={(event) => setQ(event.target.value)}
        type="search"
        autoComplete="off"
      />
      {others.length > 0 && (
        <ul aria-label={t`Found`} className="flex flex-col gap-1 rounded-lg bg-side p-1.5">
          {others.map((member) => (
            <MemberLine
              key={member.user.id}
              member={member}
              label={t`Add ${memberName(member)}`}
              icon={<UserPlus size={17} aria-hidden />}
              onPress={() => change(() => addRoomMember(room.id, member.user.id))}
            />
          ))}
        </ul>
      )}
      {q.trim() !== '' && found.data && others.length === 0 && (
        <p className="text-muted text-sm">{t`Nobody else of that name is in the server.`}</p>
      )}
      {inside.error && <LoadError error={inside.error} retry={inside.reload} />}
      {!inside.data && !inside.error && <Skeleton className="h-24 w-full" />}
      <ul aria-label={t`Members of the room`} className="flex flex-col gap-1">
        {inside.data?.map((member) => (
          <MemberLine
            key={member.user.id}
            member={member}
            label={t`Remove ${memberName(member)}`}
            icon={<UserMinus size={17} aria-hidden />}
            onPress={() => change(() => removeRoomMember(room.id, member.user.id))}
          />
        ))}
      </ul>
    </div>
  );
}

function memberName({ nickname, user }: Member): string {
  return nickname || user.display_name || user.username;
}

interface MemberLineProps {
  member: Member;
  label: string;
  icon: React.ReactNode;
  onPress: () => void;
}

function MemberLine({ member, label, icon, onPress }: MemberLineProps) {
  const name = memberName(member);
  return (
    <li className="flex min-h-11 items-center gap-3 px-1.5">
      <Avatar name={name} picture={member.user.picture} size="sm" />
      <span className="min-w-0 grow truncate text-sm">
        {name} <span className="text-muted">@{member.user.username}</span>
      </span>
      <IconButton label={label} icon={icon} onClick={onPress} />
    </li>
  );
}
