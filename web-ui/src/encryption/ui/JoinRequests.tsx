import { Plural, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { Id } from '../../api/types';
import { nameOf } from '../../state/selectors';
import { useStore } from '../../state/store';
import { useUsers } from '../../state/users';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { FormError } from '../../ui/FormError';
import { encryption, useEncryption } from '../engine';
import { useAct } from './use-act';

/** Above an encrypted room's composer: people who see the room but can't read it yet. */
export function JoinRequests({ roomId }: { roomId: Id }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const requests = useEncryption((state) => state.conversations[roomId]?.requests);
  const mayLetIn = useEncryption((state) => state.conversations[roomId]?.canAdd ?? false);
  if (!requests || requests.length === 0 || !mayLetIn) return null;
  return (
    <div
      role="status"
      className="mx-3 mb-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg bg-accent-soft px-4 py-1.5 text-accent-text text-sm sm:mx-4"
    >
      <p className="grow">
        <Plural
          value={requests.length}
          one="# person wants to read this room"
          other="# people want to read this room"
        />
      </p>
      <Button size="sm" onClick={() => setOpen(true)}>{t`Look`}</Button>
      {isOpen && (
        <Dialog
          open
          onOpenChange={setOpen}
          title={t`People who want to read this room`}
          description={t`They can see that the room exists. What is written is opened to them only by somebody who is in.`}
          size="sm"
        >
          <ul className="-mx-2">
            {requests.map((id) => (
              <RequestLine key={id} roomId={roomId} userId={id} />
            ))}
          </ul>
        </Dialog>
      )}
    </div>
  );
}

function RequestLine({ roomId, userId }: { roomId: Id; userId: Id }) {
  const { t } = useLingui();
  const user = useStore((state) => state.users[userId]);
  useUsers([userId]);
  const act = useAct();
  const name = nameOf(user);
  return (
    <li className="flex flex-wrap items-center gap-3 px-2 py-1">
      <Avatar name={name} picture={user?.picture} size="sm" />
      <span className="min-w-0 grow">
        <span className="block truncate">{name}</span>
        {user && <span className="block truncate text-muted text-sm">@{user.username}</span>}
      </span>
      <Button
        size="sm"
        variant="primary"
        busy={act.busy !== null}
        aria-label={t`Let ${name} in`}
        onClick={() => void act.run(() => encryption.letIn(roomId, userId))}
      >{t`Let in`}</Button>
      <FormError text={act.error} />
    </li>
  );
}
