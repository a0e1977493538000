import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '../api/errors';
import { useLoad } from '../lib/use-load';
import { Button } from '../ui/Button';
import { LoadError } from '../ui/LoadError';
import { Section } from '../ui/Section';
import { Skeleton } from '../ui/Skeleton';
import { toasts } from '../ui/toasts';
import { AuditLines } from './AuditLines';
import { loadActivity } from './audit';

/** What happened to the own account: sign-ins, devices, passwords. */
export function RecentActivity() {
  const { t } = useLingui();
  const activity = useLoad(() => loadActivity(null));
  const [busy, setBusy] = useState(false);

  async function more() {
    if (!activity.data) return;
    setBusy(true);
    try {
      const next = await loadActivity(activity.data.next_cursor);
      activity.set({ ...next, lines: [...activity.data.lines, ...next.lines] });
    } catch (error) {
      toasts.error(errorText(error));
    }
    setBusy(false);
  }

  return (
    <Section
      title={t`Recent activity`}
      description={t`What happened to your account. If something here was not you, change your password and sign all other devices out.`}
    >
      {activity.error && !activity.data && <LoadError error={activity.error} retry={activity.reload} />}
      {!activity.data && !activity.error && <Skeleton className="h-40 w-full" />}
      {activity.data && <AuditLines label={t`Recent activity`} lines={activity.data.lines} isOwn />}
      {activity.data?.next_cursor && <Button busy={busy} onClick={() => void more()}>{t`Show more`}</Button>}
    </Section>
  );
}
