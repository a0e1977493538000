import { useLingui } from '@lingui/react/macro';
import type { Id, Room } from '../api/types';
import { useForm } from '../lib/use-form';
import { byPosition } from '../state/selectors';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { Select } from '../ui/Select';
import { Switch } from '../ui/Switch';
import { TextField } from '../ui/TextField';
import { createRoom, deleteRoom, updateRoom } from './api';
import { DeleteButton } from './DeleteButton';
import { keepRoom } from './keep';

interface RoomFormProps {
  serverId: Id;
  room: Room | undefined;
  categoryId: Id | null;
  /** With the room that was made or changed; without it when it was deleted. */
  onDone: (room?: Room) => void;
}

export function RoomForm({ serverId, room, categoryId, onDone }: RoomFormProps) {
  const { t } = useLingui();
  const categories = useStore((state) => state.categories);
  const own = Object.values(categories)
    .filter((category) => category.server_id === serverId)
    .sort(byPosition);
  const form = useForm({
    initial: {
      name: room?.name ?? '',
      topic: room?.topic ?? '',
      category_id: room ? room.category_id : categoryId,
      is_private: room?.is_private ?? false,
    },
    validate: ({ name }): { name?: string } => (name.trim() === '' ? { name: t`Give the room a name.` } : {}),
    submit: async (values) => {
      const fields = { ...values, name: values.name.trim(), topic: values.topic.trim() };
      const saved = room ? await updateRoom(room.id, fields) : await createRoom(serverId, fields);
      keepRoom(saved);
      onDone(saved);
    },
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <TextField {...form.text('name')} label={t`Name`} maxLength={64} autoComplete="off" />
      <TextField
        {...form.text('topic')}
        label={t`Topic (optional)`}
        hint={t`What it is about, shown above the messages.`}
        maxLength={250}
        autoComplete="off"
      />
      {own.length > 0 && (
        <Select
          label={t`Category`}
          value={form.values.category_id ?? ''}
          error={form.errors.category_id}
          onChange={(id) => form.set({ category_id: id || null })}
          options={[
            { value: '', label: t`None` },
            ...own.map((category) => ({ value: category.id, label: category.name })),
          ]}
        />
      )}
      <Switch
        label={t`Private`}
        hint={t`Only those who are added, and those who manage rooms, see it.`}
        checked={form.values.is_private}
        onChange={(is_private) => form.set({ is_private })}
      />
      <FormError text={form.error} />
      <div className="flex flex-wrap justify-end gap-2 pt-1">
        {room && (
          <DeleteButton
            label={t`Delete room`}
            title={t`Delete ${room.name}?`}
            description={t`The room and all of its messages are gone for everybody. This cannot be undone.`}
            typed={room.name}
            onDelete={async () => {
              await deleteRoom(room.id);
              onDone();
            }}
          />
        )}
        <Button type="submit" variant="primary" busy={form.busy}>
          {room ? t`Save` : t`Create room`}
        </Button>
      </div>
    </form>
  );
}
