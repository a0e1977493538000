import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { CircleAlert, CircleCheck, HardDriveDownload, LoaderCircle } from 'lucide-react';
import { useState } from 'react';
import { exactTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/EmptyState';
import { LoadError } from '../ui/LoadError';
import { Section } from '../ui/Section';
import { Skeleton } from '../ui/Skeleton';
import { toasts } from '../ui/toasts';
import { type BackupRun, type Backups, loadBackups, makeBackup } from './backups';
import { byteSize } from './byte-size';

/** The node's own backups: what there is, whether it can be restored, what is configured. */
export function BackupsAdmin() {
  const { t } = useLingui();
  const backups = useLoad(loadBackups);
  const [isBusy, setBusy] = useState(false);

  async function make() {
    setBusy(true);
    try {
      await makeBackup();
      toasts.info(t`The backup is made.`);
    } catch (error) {
      toasts.error((error as Error).message);
    } finally {
      setBusy(false);
      backups.reload();
    }
  }

  if (!backups.data) {
    return backups.error ? (
      <LoadError error={backups.error} retry={backups.reload} />
    ) : (
      <Skeleton className="h-48 w-full" />
    );
  }
  const { data } = backups;
  return (
    <Section
      title={t`What the node made`}
      description={<Plan backups={data} />}
      action={
        data.is_configured && <Button variant="primary" busy={isBusy} onClick={make}>{t`Back up now`}</Button>
      }
    >
      {data.backups.length === 0 ? (
        <EmptyState icon={<HardDriveDownload size={26} />} title={t`No backup has been made yet.`} />
      ) : (
        <ul className="flex flex-col divide-y divide-line rounded-lg border border-line">
          {data.backups.map((run) => (
            <BackupLine key={run.id} run={run} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Plan({ backups }: { backups: Backups }) {
  if (!backups.is_configured) {
    return (
      <Trans>
        The node makes no backups by itself. Set <code>folder</code>, <code>command</code> or{' '}
        <code>s3_endpoint</code> in the <code>[backup]</code> part of its configuration, or run{' '}
        <code>snug backup</code>.
      </Trans>
    );
  }
  const parts = backups.full_every > 1 && (
    <>
      {' '}
      <Trans>One of {backups.full_every} is whole, the others hold what is new since.</Trans>
    </>
  );
  if (backups.every_hours === 0) {
    return (
      <>
        <Trans>Made only when somebody asks for one.</Trans>
        {parts}
      </>
    );
  }
  return (
    <>
      <Plural value={backups.every_hours} one="Made every hour" other="Made every # hours" />
      {', '}
      <Plural value={backups.keep} one="the newest one is kept." other="the newest # are kept." />
      {parts}
    </>
  );
}

function BackupLine({ run }: { run: BackupRun }) {
  const { t } = useLingui();
  const problem = run.error ?? run.rehearsal_error;
  return (
    <li className="flex items-start gap-3 px-3 py-2.5">
      <State run={run} />
      <div className="min-w-0 grow">
        <p className="break-all font-medium text-sm">{run.name}</p>
        <p className="text-muted text-sm">
          {exactTime(run.started_at)}
          {run.bytes !== null && run.bytes !== undefined && ` · ${byteSize(run.bytes)}`}
          {run.base ? ` · ${t`database and new files`}` : ''}
          {run.deleted_at ? ` · ${t`deleted, there are newer ones`}` : ''}
        </p>
        {run.rehearsed_at && !run.rehearsal_error && (
          <p className="text-muted text-sm">{t`Restored for a try: everything was there.`}</p>
        )}
        {problem && <p className="text-danger-text text-sm">{problem}</p>}
      </div>
    </li>
  );
}

function State({ run }: { run: BackupRun }) {
  const { t } = useLingui();
  const place = 'mt-0.5 shrink-0';
  if (run.error || run.rehearsal_error) {
    return <CircleAlert size={18} className={`${place} text-danger-text`} aria-label={t`Failed`} />;
  }
  if (!run.ended_at)
    return <LoaderCircle size={18} className={`${place} text-muted`} aria-label={t`Being made`} />;
  return <CircleCheck size={18} className={`${place} text-good-text`} aria-label={t`Good`} />;
}
