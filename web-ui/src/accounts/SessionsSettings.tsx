import { useLingui } from '@lingui/react/macro';
import { MonitorSmartphone } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../api/errors';
import type { Session } from '../api/types';
import { agoTime, exactTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { LoadError } from '../ui/LoadError';
import { Section } from '../ui/Section';
import { Skeleton } from '../ui/Skeleton';
import { toasts } from '../ui/toasts';
import { endOtherSessions, endSession, loadSessions } from './api';
import { RecentActivity } from './RecentActivity';

/** The devices that are signed in. */
export function SessionsSettings() {
  const { t } = useLingui();
  const [confirming, setConfirming] = useState(false);
  const sessions = useLoad(loadSessions);
  const others = sessions.data?.filter((session) => !session.is_current) ?? [];
  const own = sessions.data?.filter((session) => session.is_current) ?? [];

  async function end(session: Session) {
    try {
      await endSession(session.id);
      toasts.info(t`${session.device_name || t`The device`} was signed out.`);
    } catch (error) {
      toasts.error(errorText(error));
    }
    sessions.reload();
  }

  if (sessions.error && !sessions.data) return <LoadError error={sessions.error} retry={sessions.reload} />;
  if (!sessions.data) return <Skeleton className="h-40 w-full" />;
  return (
    <>
      <Section title={t`This device`}>
        <ul>
          {own.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      </Section>
      <Section
        title={t`Other devices`}
        description={others.length === 0 ? t`You are signed in nowhere else.` : undefined}
        action={
          others.length > 0 && (
            <Button size="sm" onClick={() => setConfirming(true)}>{t`Sign out all others`}</Button>
          )
        }
      >
        <ul className="flex flex-col gap-4">
          {others.map((session) => (
            <SessionRow key={session.id} session={session} onEnd={() => end(session)} />
          ))}
        </ul>
      </Section>
      <RecentActivity />
      <ConfirmDialog
        open={confirming}
        onOpenChange={setConfirming}
        title={t`Sign out all other devices?`}
        description={t`They have to sign in again. This device stays signed in.`}
        confirmLabel={t`Sign out others`}
        onConfirm={async () => {
          await endOtherSessions();
          sessions.reload();
        }}
      />
    </>
  );
}

function SessionRow({ session, onEnd }: { session: Session; onEnd?: () => Promise<void> }) {
  const { t } = useLingui();
  const [busy, setBusy] = useState(false);
  const name = session.device_name || t`Unknown device`;
  return (
    <li className="flex items-start gap-3">
      <MonitorSmartphone size={20} aria-hidden className="mt-0.5 shrink-0 text-muted" />
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-2 font-medium text-sm">
          {name}
          {session.is_current && <Badge tone="good">{t`You are here`}</Badge>}
        </p>
        <p className="text-muted text-sm">
          {session.is_current ? t`Active now` : t`Active ${agoTime(session.last_seen_at)}`}
          {session.ip && ` · ${session.ip}`}
        </p>
        <p className="text-faint text-xs">{t`Signed in ${exactTime(session.created_at)}`}</p>
      </div>
      {onEnd && (
        <Button
          size="sm"
          busy={busy}
          aria-label={t`Sign out ${name}`}
          onClick={() => {
            setBusy(true);
            void onEnd().finally(() => setBusy(false));
          }}
        >{t`Sign out`}</Button>
      )}
    </li>
  );
}
