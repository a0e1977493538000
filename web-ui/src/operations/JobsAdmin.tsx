import { Plural, useLingui } from '@lingui/react/macro';
import { CircleAlert, CircleCheck, CircleDashed } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../api/errors';
import { agoTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { Button } from '../ui/Button';
import { LoadError } from '../ui/LoadError';
import { Skeleton } from '../ui/Skeleton';
import { toasts } from '../ui/toasts';
import { type Job, loadJobs, runJob } from './watching';

/** How long a job that was started is given before the list is asked for again. */
const WAIT_MS = 800;

/** What the node does by itself. */
export function JobsAdmin() {
  const { t } = useLingui();
  const jobs = useLoad(loadJobs);
  if (jobs.error && !jobs.data) return <LoadError error={jobs.error} retry={jobs.reload} />;
  if (!jobs.data) return <Skeleton className="h-64 w-full" />;

  async function run(job: Job) {
    try {
      await runJob(job.name);
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    } catch (error) {
      toasts.error(errorText(error));
    }
    jobs.reload();
  }

  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted text-sm">{t`What the node does by itself, since it was started.`}</p>
      <ul aria-label={t`Jobs`} className="flex flex-col divide-y divide-line rounded-lg border border-line">
        {jobs.data.map((job) => (
          <JobLine key={job.name} job={job} onRun={() => run(job)} />
        ))}
      </ul>
    </div>
  );
}

function JobLine({ job, onRun }: { job: Job; onRun: () => Promise<void> }) {
  const { t } = useLingui();
  const [busy, setBusy] = useState(false);
  return (
    <li className="flex items-start gap-3 px-3 py-2.5">
      <State job={job} />
      <div className="min-w-0 grow">
        <p className="font-medium text-sm">{job.name}</p>
        <p className="text-muted text-sm">
          <Every seconds={job.every_s} />
          {job.last_at !== null && ` · ${t`last ${agoTime(job.last_at)}`}`}
          {job.last_ms !== null && ` · ${duration(job.last_ms)}`}
        </p>
        {job.last_error && <p className="text-danger-text text-sm">{job.last_error}</p>}
      </div>
      {job.every_s >= 60 && (
        <Button
          size="sm"
          busy={busy}
          aria-label={t`Run ${job.name} now`}
          onClick={() => {
            setBusy(true);
            void onRun().finally(() => setBusy(false));
          }}
        >{t`Run now`}</Button>
      )}
    </li>
  );
}

function State({ job }: { job: Job }) {
  const { t } = useLingui();
  const place = 'mt-0.5 shrink-0';
  if (job.last_error)
    return <CircleAlert size={18} className={`${place} text-danger-text`} aria-label={t`Failed`} />;
  if (job.runs === 0)
    return <CircleDashed size={18} className={`${place} text-muted`} aria-label={t`Not run yet`} />;
  return <CircleCheck size={18} className={`${place} text-good-text`} aria-label={t`Good`} />;
}

function Every({ seconds }: { seconds: number }) {
  if (seconds < 60)
    return <Plural value={Math.max(1, Math.round(seconds))} one="every second" other="every # seconds" />;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return <Plural value={minutes} one="every minute" other="every # minutes" />;
  const hours = Math.round(minutes / 60);
  return hours < 24 ? (
    <Plural value={hours} one="every hour" other="every # hours" />
  ) : (
    <Plural value={Math.round(hours / 24)} one="every day" other="every # days" />
  );
}

function duration(ms: number): string {
  const unit = ms < 1_000 ? 'millisecond' : 'second';
  const format = new Intl.NumberFormat(undefined, { style: 'unit', unit, maximumFractionDigits: 1 });
  return format.format(ms < 1_000 ? ms : ms / 1_000);
}
