import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Id, Room } from '../api/types';
import { paths } from '../app/paths';
import { RoomEncryption } from '../encryption/ui/RoomEncryption';
import { Dialog } from '../ui/Dialog';
import { Tabs } from '../ui/Tabs';
import { RoomForm } from './RoomForm';
import { RoomMembers } from './RoomMembers';

interface RoomDialogProps {
  serverId: Id;
  /** The one to change; without it a new one is made. */
  room?: Room | undefined;
  /** Where a new room shall stand. */
  categoryId?: Id | null;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function RoomDialog({ serverId, room, categoryId = null, open, onOpenChange }: RoomDialogProps) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [tab, setTab] = useState('room');
  const form = (
    <RoomForm
      serverId={serverId}
      room={room}
      categoryId={categoryId}
      onDone={(made) => {
        onOpenChange(false);
        if (made && !room) navigate(paths.room(serverId, made.id));
      }}
    />
  );
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={room ? t`Room ${room.name}` : t`New room`}>
      {room ? (
        <Tabs
          label={t`Settings of the room`}
          value={tab}
          onChange={setTab}
          tabs={[
            { value: 'room', label: t`Room`, content: form },
            ...(room.is_private
              ? [{ value: 'members', label: t`Members`, content: <RoomMembers room={room} /> }]
              : []),
            { value: 'privacy', label: t`Encryption`, content: <RoomEncryption room={room} /> },
          ]}
        />
      ) : (
        form
      )}
    </Dialog>
  );
}
