import { useLingui } from '@lingui/react/macro';
import { MonitorSmartphone } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../api/errors';
import type { AdminUser, Session } from '../api/types';
import { agoTime, exactTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { LoadError } from '../ui/LoadError';
import { Skeleton } from '../ui/Skeleton';
import { toasts } from '../ui/toasts';
import { endUserSession, endUserSessions, loadUserSessions } from './watching';

/** Where somebody is signed in, and signing them out there. */
export function SessionsDialog({ user: { user }, onClose }: { user: AdminUser; onClose: () => void }) {
  const { t } = useLingui();
  const sessions = useLoad(() => loadUserSessions(user.id));

  async function end(work: () => Promise<void>) {
    try {
      await work();
    } catch (error) {
      toasts.error(errorText(error));
    }
    sessions.reload();
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Devices of @${user.username}`}
      description={t`Signing a device out takes effect at once. The person can sign in again with the password.`}
      footer={
        <>
          {(sessions.data?.length ?? 0) > 1 && (
            <Button
              variant="danger"
              onClick={() => void end(() => endUserSessions(user.id))}
            >{t`Sign out everywhere`}</Button>
          )}
          <Button onClick={onClose}>{t`Done`}</Button>
        </>
      }
    >
      {sessions.error && !sessions.data && <LoadError error={sessions.error} retry={sessions.reload} />}
      {!sessions.data && !sessions.error && <Skeleton className="h-24 w-full" />}
      {sessions.data?.length === 0 && <p className="text-muted">{t`Signed in nowhere.`}</p>}
      <ul className="flex flex-col gap-4">
        {sessions.data?.map((session) => (
          <Device
            key={session.id}
            session={session}
            onEnd={() => end(() => endUserSession(user.id, session.id))}
          />
        ))}
      </ul>
    </Dialog>
  );
}

function Device({ session, onEnd }: { session: Session; onEnd: () => Promise<void> }) {
  const { t } = useLingui();
  const [busy, setBusy] = useState(false);
  return (
    <li className="flex items-start gap-3">
      <MonitorSmartphone size={20} aria-hidden className="mt-0.5 shrink-0 text-muted" />
      <div className="min-w-0 grow">
        <p className="font-medium text-sm">{session.device_name}</p>
        <p className="text-muted text-sm">
          {t`Active ${agoTime(session.last_seen_at)}`}
          {session.ip && ` · ${session.ip}`}
        </p>
        <p className="text-faint text-xs">{t`Signed in ${exactTime(session.created_at)}`}</p>
      </div>
      <Button
        size="sm"
        busy={busy}
        aria-label={t`Sign out ${session.device_name}`}
        onClick={() => {
          setBusy(true);
          void onEnd().finally(() => setBusy(false));
        }}
      >{t`Sign out`}</Button>
    </li>
  );
}
