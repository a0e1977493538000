import { Plural, useLingui } from '@lingui/react/macro';
import { BellOff, ChevronDown, Hash, Lock, Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'wouter';
import type { Category, Id, Room } from '../../api/types';
import { byPosition, isSilent, mentionsOf, unreadOf } from '../../state/selectors';
import { useStore } from '../../state/store';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { cx } from '../../ui/cx';
import { IconButton } from '../../ui/IconButton';
import { paths } from '../paths';

const RoomDialog = lazy(() =>
  import('../../servers/RoomDialog').then((module) => ({ default: module.RoomDialog })),
);

/** A server's rooms, by category. */
export function RoomList({ serverId, roomId }: { serverId: Id; roomId: Id | null }) {
  const { t } = useLingui();
  const [adding, setAdding] = useState<{ categoryId: Id | null } | null>(null);
  const allRooms = useStore((state) => state.rooms);
  const allCategories = useStore((state) => state.categories);
  const mayManage = useStore(
    (state) => state.servers[serverId]?.me.permissions.includes('manage_rooms') ?? false,
  );
  const rooms = Object.values(allRooms)
    .filter((room) => room.server_id === serverId)
    .sort(byPosition);
  const categories = Object.values(allCategories)
    .filter((category) => category.server_id === serverId)
    .sort(byPosition);
  const inside = (id: Id | null) =>
    rooms.filter(
      (room) =>
        (room.category_id !== null && room.category_id in allCategories ? room.category_id : null) === id,
    );
  const add = mayManage ? (categoryId: Id | null) => setAdding({ categoryId }) : null;
  return (
    <nav aria-label={t`Rooms`}>
      <Rooms rooms={inside(null)} current={roomId} />
      {categories.map((category) => (
        <CategorySection
          key={category.id}
          category={category}
          rooms={inside(category.id)}
          current={roomId}
          add={add && (() => add(category.id))}
        />
      ))}
      {add && (
        <Button
          variant="ghost"
          size="sm"
          icon={<Plus size={16} aria-hidden />}
          className="mt-1 w-full justify-start text-muted"
          onClick={() => add(null)}
        >
          {t`Add a room`}
        </Button>
      )}
      {adding && (
        <Suspense>
          <RoomDialog
            open
            onOpenChange={(open) => !open && setAdding(null)}
            serverId={serverId}
            categoryId={adding.categoryId}
          />
        </Suspense>
      )}
    </nav>
  );
}

interface CategorySectionProps {
  category: Category;
  rooms: Room[];
  current: Id | null;
  add: (() => void) | null;
}

function CategorySection({ category, rooms, current, add }: CategorySectionProps) {
  const { t } = useLingui();
  const key = `snug.folded.${category.id}`;
  const [isFolded, setFolded] = useState(() => localStorage.getItem(key) === '1');
  const readStates = useStore((state) => state.readStates);
  const fold = () => {
    setFolded(!isFolded);
    if (isFolded) localStorage.removeItem(key);
    else localStorage.setItem(key, '1');
  };
  // A folded category still shows where one is and what is new.
  const shown = isFolded
    ? rooms.filter((room) => room.id === current || unreadOf(readStates[room.id]) > 0)
    : rooms;
  return (
    <section className="mt-3">
      <div className="flex items-center">
        <button
          type="button"
          aria-expanded={!isFolded}
          onClick={fold}
          className="flex min-h-7 min-w-0 grow items-center gap-1 rounded-md px-1 font-semibold text-faint text-xs hover:text-ink pointer-coarse:min-h-11"
        >
          <ChevronDown
            size={14}
            aria-hidden
            className={cx('transition-transform', isFolded && '-rotate-90')}
          />
          <span className="truncate">{category.name}</span>
        </button>
        {add && (
          <IconButton
            size="sm"
            label={t`Add a room to ${category.name}`}
            icon={<Plus size={16} aria-hidden />}
            onClick={add}
          />
        )}
      </div>
      <Rooms rooms={shown} current={current} />
    </section>
  );
}

function Rooms({ rooms, current }: { rooms: Room[]; current: Id | null }) {
  return (
    <ul className="flex flex-col gap-px">
      {rooms.map((room) => (
        <li key={room.id}>
          <RoomLink room={room} isCurrent={room.id === current} />
        </li>
      ))}
    </ul>
  );
}

/** Beside what is muted. */
function Muted() {
  const { t } = useLingui();
  return (
    <>
      <BellOff size={14} aria-hidden className="shrink-0" />
      <span className="sr-only">{t`Muted`}</span>
    </>
  );
}

function RoomLink({ room, isCurrent }: { room: Room; isCurrent: boolean }) {
  const unread = useStore((state) => unreadOf(state.readStates[room.id]));
  const mentions = useStore((state) => mentionsOf(state.readStates[room.id]));
  const isQuiet = useStore((state) => isSilent(state, room.id));
  const Icon = room.is_private ? Lock : Hash;
  const isUnread = unread > 0 && !isCurrent && !isQuiet;
  return (
    <Link
      href={paths.room(room.server_id, room.id)}
      aria-current={isCurrent ? 'page' : undefined}
      className={cx(
        'relative flex min-h-8.5 items-center gap-2 rounded-md px-2 outline-offset-[-2px] pointer-coarse:min-h-11',
        isCurrent ? 'bg-pressed text-ink' : 'hover:bg-hover',
        isUnread ? 'font-semibold text-ink' : !isCurrent && (isQuiet ? 'text-faint' : 'text-muted'),
      )}
    >
      {isUnread && <span aria-hidden className="-left-2 absolute h-2 w-1 rounded-r-full bg-ink" />}
      <Icon size={17} aria-hidden className="shrink-0 opacity-75" />
      <span className="min-w-0 grow truncate">{room.name}</span>
      {isUnread && (
        <span className="sr-only">
          <Plural value={unread} one="# unread message" other="# unread messages" />
        </span>
      )}
      {isQuiet && <Muted />}
      {mentions > 0 && (
        <Badge tone="danger">
          <span aria-hidden>{mentions}</span>
          <span className="sr-only">
            <Plural value={mentions} one="# mention" other="# mentions" />
          </span>
        </Badge>
      )}
    </Link>
  );
}
