import { Trans } from '@lingui/react/macro';
import type { Room } from '../../api/types';
import { useEncryption } from '../engine';
import { JoinRequests } from './JoinRequests';
import { useLock } from './LockButton';
import { PrivacyRules } from './PrivacyRules';
import { TurnOn } from './TurnOn';

/** A room's encryption in its settings: turning it on, and its rules then. */
export function RoomEncryption({ room }: { room: Room }) {
  const lock = useLock(room.id);
  const conversation = useEncryption((state) => state.conversations[room.id]);
  if (lock === 'plain') {
    return (
      <div className="flex flex-col gap-4">
        <p className="text-muted text-sm">
          <Trans>
            What is written in this room can be read by the node and by whoever runs it. For rooms of a few
            people who know each other encryption may be worth what it costs.
          </Trans>
        </p>
        <TurnOn conversationId={room.id} />
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-5">
      <p className="text-muted text-sm">
        <Trans>
          This room is end-to-end encrypted, for good. Its name and topic can still be seen by the node.
        </Trans>
      </p>
      {conversation && (
        <>
          <div className="-mx-3 sm:-mx-4">
            <JoinRequests roomId={room.id} />
          </div>
          <PrivacyRules conversationId={room.id} conversation={conversation} />
        </>
      )}
    </div>
  );
}
