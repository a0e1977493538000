import { useLingui } from '@lingui/react/macro';
import { ArrowDown, ArrowUp, GripVertical, Hash, Lock, Pencil, Plus } from 'lucide-react';
import { type DragEvent, useState } from 'react';
import type { Category, Id, Room } from '../api/types';
import { cx } from '../ui/cx';
import { IconButton } from '../ui/IconButton';
import type { RoomGroup } from './order';

interface RoomGroupListProps {
  groups: RoomGroup[];
  onStepRoom: (id: Id, step: -1 | 1) => void;
  /** Dropped into a group, at an index counted without the room itself. */
  onPlaceRoom: (id: Id, group: number, index: number) => void;
  onStepCategory: (id: Id, step: -1 | 1) => void;
  onEditRoom: (room: Room) => void;
  onEditCategory: (category: Category) => void;
  onAddRoom: (categoryId: Id | null) => void;
}

/** The rooms as the sidebar orders them, with handles. */
export function RoomGroupList(props: RoomGroupListProps) {
  const { t } = useLingui();
  const { groups } = props;
  const [dragged, setDragged] = useState<Id | null>(null);
  const [target, setTarget] = useState<string | null>(null);

  function dropOn(group: number, index: number, key: string) {
    return {
      onDragOver: (event: DragEvent) => {
        if (!dragged) return;
        event.preventDefault();
        setTarget(key);
      },
      onDrop: (event: DragEvent) => {
        event.preventDefault();
        if (dragged) props.onPlaceRoom(dragged, group, index);
        setDragged(null);
        setTarget(null);
      },
    };
  }

  return (
    <div className="flex flex-col gap-5">
      {groups.map(({ category, rooms }, group) => (
        <section key={category?.id ?? 'none'} aria-label={category?.name ?? t`Without a category`}>
          <div className="mb-1 flex items-center gap-1" {...dropOn(group, 0, `top-${group}`)}>
            <h2 className="min-w-0 grow truncate font-semibold text-muted text-sm">
              {category?.name ?? t`Without a category`}
            </h2>
            {category && (
              <CategoryButtons
                category={category}
                isFirst={group === 1}
                isLast={group === groups.length - 1}
                {...props}
              />
            )}
          </div>
          <ul
            className={cx(
              'flex flex-col gap-1 rounded-lg',
              rooms.length === 0 && 'border border-line border-dashed',
            )}
          >
            {rooms.length === 0 && (
              <li className="px-3 py-2.5 text-faint text-sm" {...dropOn(group, 0, `top-${group}`)}>
                {t`No rooms`}
              </li>
            )}
            {rooms.map((room, index) => {
              const others = rooms.filter(({ id }) => id !== dragged);
              const place = others.findIndex(({ id }) => id === room.id);
              return (
                <RoomLine
                  key={room.id}
                  room={room}
                  isFirst={group === 0 && index === 0}
                  isLast={group === groups.length - 1 && index === rooms.length - 1}
                  isTarget={target === room.id && dragged !== room.id}
                  drag={{
                    draggable: true,
                    onDragStart: () => setDragged(room.id),
                    onDragEnd: () => {
                      setDragged(null);
                      setTarget(null);
                    },
                    ...dropOn(group, place < 0 ? index : place, room.id),
                  }}
                  onStep={(step) => props.onStepRoom(room.id, step)}
                  onEdit={() => props.onEditRoom(room)}
                />
              );
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}

function CategoryButtons({
  category,
  isFirst,
  isLast,
  onStepCategory,
  onEditCategory,
  onAddRoom,
}: RoomGroupListProps & { category: Category; isFirst: boolean; isLast: boolean }) {
  const { t } = useLingui();
  const { id, name } = category;
  return (
    <>
      <IconButton
        size="sm"
        label={t`Move ${name} up`}
        icon={<ArrowUp size={16} aria-hidden />}
        disabled={isFirst}
        onClick={() => onStepCategory(id, -1)}
      />
      <IconButton
        size="sm"
        label={t`Move ${name} down`}
        icon={<ArrowDown size={16} aria-hidden />}
        disabled={isLast}
        onClick={() => onStepCategory(id, 1)}
      />
      <IconButton
        size="sm"
        label={t`Edit ${name}`}
        icon={<Pencil size={15} aria-hidden />}
        onClick={() => onEditCategory(category)}
      />
      <IconButton
        size="sm"
        label={t`New room in ${name}`}
        icon={<Plus size={16} aria-hidden />}
        onClick={() => onAddRoom(id)}
      />
    </>
  );
}

interface RoomLineProps {
  room: Room;
  isFirst: boolean;
  isLast: boolean;
  isTarget: boolean;
  drag: React.HTMLAttributes<HTMLLIElement> & { draggable: boolean };
  onStep: (step: -1 | 1) => void;
  onEdit: () => void;
}

function RoomLine({ room, isFirst, isLast, isTarget, drag, onStep, onEdit }: RoomLineProps) {
  const { t } = useLingui();
  const Icon = room.is_private ? Lock : Hash;
  return (
    <li
      {...drag}
      className={cx(
        'flex min-h-11 items-center gap-2 rounded-md border bg-raised pr-1 pl-2',
        isTarget ? 'border-accent' : 'border-line',
      )}
    >
      <GripVertical size={16} aria-hidden className="shrink-0 cursor-grab text-faint pointer-coarse:hidden" />
      <Icon size={16} aria-hidden className="shrink-0 text-muted" />
      <span className="min-w-0 grow truncate text-sm">
        {room.name}
        {room.is_private && <span className="sr-only"> ({t`private`})</span>}
      </span>
      <IconButton
        size="sm"
        label={t`Move ${room.name} up`}
        icon={<ArrowUp size={16} aria-hidden />}
        disabled={isFirst}
        onClick={() => onStep(-1)}
      />
      <IconButton
        size="sm"
        label={t`Move ${room.name} down`}
        icon={<ArrowDown size={16} aria-hidden />}
        disabled={isLast}
        onClick={() => onStep(1)}
      />
      <IconButton
        size="sm"
        label={t`Edit ${room.name}`}
        icon={<Pencil size={15} aria-hidden />}
        onClick={onEdit}
      />
    </li>
  );
}
