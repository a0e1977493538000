import { Trans } from '@lingui/react/macro';
import { Hash } from 'lucide-react';
import { Link } from 'wouter';
import type { Id } from '../api/types';
import { paths } from '../app/paths';
import { nameIn } from '../state/selectors';
import { useStore } from '../state/store';
import { useUsers } from '../state/users';
import { cx } from '../ui/cx';
import { Person } from './Person';
import { usePlace } from './place';

const chip = 'rounded-sm px-0.5 font-medium text-left';
const plain = 'bg-accent-soft text-accent-text hover:underline';

export function UserMention({ id }: { id: Id }) {
  const { serverId } = usePlace();
  const name = useStore((state) => nameIn(state, id, serverId));
  const isMe = useStore((state) => state.me?.user.id === id);
  useUsers([id]);
  return (
    <Person userId={id} className={cx(chip, isMe ? 'bg-warn-soft text-warn-text' : plain)}>
      @{name}
    </Person>
  );
}

export function RoleMention({ id }: { id: Id }) {
  const role = useStore((state) => state.roles[id]);
  return (
    <span className={cx(chip, 'bg-accent-soft text-accent-text')}>@{role?.name ?? <Trans>role</Trans>}</span>
  );
}

export function RoomMention({ id }: { id: Id }) {
  const room = useStore((state) => state.rooms[id]);
  if (!room) {
    return (
      <span className={cx(chip, 'bg-hover text-muted')}>
        #<Trans>unknown room</Trans>
      </span>
    );
  }
  return (
    <Link href={paths.room(room.server_id, room.id)} className={cx(chip, plain, 'no-underline')}>
      <Hash size={14} aria-hidden className="mb-0.5 inline" />
      {room.name}
    </Link>
  );
}

export function EveryoneMention() {
  return <span className={cx(chip, 'bg-warn-soft text-warn-text')}>@everyone</span>;
}
