import { useLingui } from '@lingui/react/macro';
import { LockKeyhole, LockKeyholeOpen, ShieldAlert, ShieldCheck } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { Id } from '../../api/types';
import { useStore } from '../../state/store';
import { cx } from '../../ui/cx';
import { Tooltip } from '../../ui/Tooltip';
import { useEncryption } from '../engine';
import { type Lock, lockOf, saysEncrypted } from '../lock';

const PrivacyDialog = lazy(() =>
  import('./PrivacyDialog').then((module) => ({ default: module.PrivacyDialog })),
);

const looks: Record<Lock, string> = {
  plain: 'text-faint',
  encrypted: 'text-muted',
  verified: 'text-good-text',
  attention: 'bg-warn-soft text-warn-text',
};

/** Whether a conversation is encrypted here. */
export function useLock(conversationId: Id): Lock {
  const me = useStore((state) => state.me?.user.id);
  const isEncrypted = useStore((state) =>
    saysEncrypted(state.conversations[conversationId] ?? state.rooms[conversationId]),
  );
  return useEncryption((state) => lockOf(state, state.conversations[conversationId], isEncrypted, me));
}

/** In the header: how private this conversation is. Tells more when it is pressed. */
export function LockButton({ conversationId }: { conversationId: Id }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const lock = useLock(conversationId);
  const { label, icon } = {
    plain: { label: t`Not end-to-end encrypted`, icon: <LockKeyholeOpen size={17} aria-hidden /> },
    encrypted: { label: t`End-to-end encrypted`, icon: <LockKeyhole size={17} aria-hidden /> },
    verified: {
      label: t`End-to-end encrypted, everybody verified`,
      icon: <ShieldCheck size={18} aria-hidden />,
    },
    attention: { label: t`Look at this conversation's privacy`, icon: <ShieldAlert size={18} aria-hidden /> },
  }[lock];
  return (
    <>
      <Tooltip label={label} side="bottom">
        <button
          type="button"
          aria-label={label}
          aria-haspopup="dialog"
          data-lock={lock}
          onClick={() => setOpen(true)}
          // As tall as a finger on touch, without moving what stands around it.
          className="-my-1 pointer-coarse:-my-3 grid size-7 shrink-0 place-items-center rounded-md hover:bg-hover active:bg-pressed pointer-coarse:h-11"
        >
          <span className={cx('grid size-6 place-items-center rounded-md', looks[lock])}>{icon}</span>
        </button>
      </Tooltip>
      {isOpen && (
        <Suspense>
          <PrivacyDialog conversationId={conversationId} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
