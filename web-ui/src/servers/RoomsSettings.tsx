import { useLingui } from '@lingui/react/macro';
import { FolderPlus, Plus } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../api/errors';
import type { Category, Id, Room } from '../api/types';
import { store, useStore } from '../state/store';
import { reload } from '../state/sync';
import { Button } from '../ui/Button';
import { toasts } from '../ui/toasts';
import { saveOrder } from './api';
import { CategoryDialog } from './CategoryDialog';
import { groupRooms, orderOf, placeRoom, positionsOf, type RoomGroup, stepCategory, stepRoom } from './order';
import { RoomDialog } from './RoomDialog';
import { RoomGroupList } from './RoomGroupList';

type Shown =
  | { kind: 'room'; room?: Room; categoryId?: Id | null }
  | { kind: 'category'; category?: Category }
  | null;

/** Rooms and categories: make, change, delete, put in order by buttons or by dragging. */
export function RoomsSettings({ serverId }: { serverId: Id }) {
  const { t } = useLingui();
  const [shown, setShown] = useState<Shown>(null);
  const rooms = useStore((state) => state.rooms);
  const categories = useStore((state) => state.categories);
  const groups = groupRooms(categories, rooms, serverId);
  const close = () => setShown(null);

  async function save(next: RoomGroup[]) {
    if (next === groups) return;
    const moved = positionsOf(next);
    store.setState((state) => ({
      rooms: { ...state.rooms, ...Object.fromEntries(moved.rooms.map((room) => [room.id, room])) },
      categories: {
        ...state.categories,
        ...Object.fromEntries(moved.categories.map((category) => [category.id, category])),
      },
    }));
    try {
      await saveOrder(serverId, orderOf(next));
    } catch (error) {
      toasts.error(errorText(error));
      await reload().catch(() => undefined);
    }
  }

  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap gap-2">
        <Button
          variant="primary"
          icon={<Plus size={17} aria-hidden />}
          onClick={() => setShown({ kind: 'room' })}
        >
          {t`New room`}
        </Button>
        <Button icon={<FolderPlus size={17} aria-hidden />} onClick={() => setShown({ kind: 'category' })}>
          {t`New category`}
        </Button>
      </div>
      <RoomGroupList
        groups={groups}
        onStepRoom={(id, step) => void save(stepRoom(groups, id, step))}
        onPlaceRoom={(id, group, index) => void save(placeRoom(groups, id, group, index))}
        onStepCategory={(id, step) => void save(stepCategory(groups, id, step))}
        onEditRoom={(room) => setShown({ kind: 'room', room })}
        onEditCategory={(category) => setShown({ kind: 'category', category })}
        onAddRoom={(categoryId) => setShown({ kind: 'room', categoryId })}
      />
      {shown?.kind === 'room' && (
        <RoomDialog
          serverId={serverId}
          room={shown.room}
          categoryId={shown.categoryId ?? null}
          open
          onOpenChange={close}
        />
      )}
      {shown?.kind === 'category' && (
        <CategoryDialog serverId={serverId} category={shown.category} open onOpenChange={close} />
      )}
    </div>
  );
}
