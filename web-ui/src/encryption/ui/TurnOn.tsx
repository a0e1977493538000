import { Trans, useLingui } from '@lingui/react/macro';
import { LockKeyhole } from 'lucide-react';
import { useState } from 'react';
import type { Id } from '../../api/types';
import { may } from '../../state/selectors';
import { useStore } from '../../state/store';
import { Button } from '../../ui/Button';
import { FormError } from '../../ui/FormError';
import { encryption, useEncryption } from '../engine';
import { useAct } from './use-act';

/** Encrypts a plain conversation or room, once it was said what that costs. */
export function TurnOn({ conversationId, onDone }: { conversationId: Id; onDone?: () => void }) {
  const { t } = useLingui();
  const [isAsking, setAsking] = useState(false);
  const act = useAct();
  const phase = useEncryption((state) => state.phase);
  const isRoom = useStore((state) => conversationId in state.rooms);
  const mayTurnOn = useStore((state) => {
    const conversation = state.conversations[conversationId];
    if (!conversation) return may(state, conversationId, 'manage_rooms');
    const own = conversation.participants.find(({ user_id }) => user_id === state.me?.user.id);
    return conversation.kind === 'direct' || own?.role === 'owner';
  });
  if (!mayTurnOn) {
    return (
      <p className="text-muted text-sm">
        {isRoom ? (
          <Trans>Who manages this room can turn encryption on.</Trans>
        ) : (
          <Trans>Who owns this group can turn encryption on.</Trans>
        )}
      </p>
    );
  }
  if (phase !== 'ready') {
    return (
      <p className="text-muted text-sm">
        <Trans>Encryption can be turned on from a browser that is ready for it. This one is not.</Trans>
      </p>
    );
  }
  if (!isAsking) {
    return (
      <div>
        <Button
          variant="primary"
          icon={<LockKeyhole size={17} aria-hidden />}
          onClick={() => setAsking(true)}
        >
          {t`Turn on encryption`}
        </Button>
      </div>
    );
  }
  return (
    <section
      aria-label={t`Turn on encryption`}
      className="flex flex-col gap-3 rounded-lg bg-side p-4 text-sm"
    >
      <p className="font-medium">
        <Trans>
          From then on only the people in here can read what is written. It can't be turned off again.
        </Trans>
      </p>
      <Losses isRoom={isRoom} />
      <FormError text={act.error} />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={() => setAsking(false)}>{t`Cancel`}</Button>
        <Button
          variant="primary"
          busy={act.busy !== null}
          onClick={async () => {
            if (await act.run(() => encryption.encrypt(conversationId))) onDone?.();
          }}
        >{t`Turn on for good`}</Button>
      </div>
    </section>
  );
}

function Losses({ isRoom }: { isRoom: boolean }) {
  return (
    <div className="text-muted">
      <p>
        <Trans>What changes:</Trans>
      </p>
      <ul className="list-disc space-y-1 pl-5">
        <li>
          <Trans>Earlier messages stay as they are: readable by the node.</Trans>
        </li>
        <li>
          <Trans>The node can't search new messages. Each device searches what it has opened.</Trans>
        </li>
        <li>
          <Trans>Browsers that don't know encryption can't take part any more.</Trans>
        </li>
        {isRoom && (
          <>
            <li>
              <Trans>People who join have to be let in by somebody who is already there.</Trans>
            </li>
            <li>
              <Trans>
                Webhooks, automatic filters, virus scans and link previews by the node stop working.
              </Trans>
            </li>
          </>
        )}
      </ul>
    </div>
  );
}
