import { Trans, useLingui } from '@lingui/react/macro';
import { BadgeCheck, Inbox, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { Id } from '../api/types';
import { exactTime } from '../lib/time';
import { useForm } from '../lib/use-form';
import { useLoad } from '../lib/use-load';
import { nameOf } from '../state/selectors';
import { useStore } from '../state/store';
import { useUsers } from '../state/users';
import { Avatar } from '../ui/Avatar';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/EmptyState';
import { FormError } from '../ui/FormError';
import { LoadError } from '../ui/LoadError';
import { Skeleton } from '../ui/Skeleton';
import { Tabs } from '../ui/Tabs';
import { TextField } from '../ui/TextField';
import { closeReport, loadReports, type Report, type ReportedMessage, type ReportState } from './reports';

const LONGEST_NOTE = 1_000;

/** Encrypted messages that somebody showed to the moderators. */
export function ReportsAdmin() {
  const { t } = useLingui();
  const [state, setState] = useState<ReportState>('open');
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted text-sm">
        <Trans>
          Somebody who could read these messages chose to show them to you. You see these messages and nothing
          else of their conversations.
        </Trans>
      </p>
      <Tabs
        label={t`Reports`}
        value={state}
        onChange={(value) => setState(value as ReportState)}
        tabs={[
          { value: 'open', label: t`Open`, content: <ReportList state="open" /> },
          { value: 'closed', label: t`Closed`, content: <ReportList state="closed" /> },
        ]}
      />
    </div>
  );
}

function ReportList({ state }: { state: ReportState }) {
  const { t } = useLingui();
  const reports = useLoad(() => loadReports(state), state);
  const ids = (reports.data ?? []).flatMap(({ reporter, messages }) => [
    reporter,
    ...messages.map(({ author_id }) => author_id),
  ]);
  useUsers([...new Set(ids)]);
  if (reports.error && !reports.data) return <LoadError error={reports.error} retry={reports.reload} />;
  if (!reports.data) return <Skeleton className="h-40 w-full" />;
  if (reports.data.length === 0) {
    return (
      <EmptyState
        icon={<Inbox size={26} />}
        title={state === 'open' ? t`Nothing to look at` : t`No report was closed yet`}
      />
    );
  }
  return (
    <ul className="flex flex-col gap-4">
      {reports.data.map((report) => (
        <li key={report.id}>
          <ReportCard report={report} onClosed={reports.reload} />
        </li>
      ))}
    </ul>
  );
}

function ReportCard({ report, onClosed }: { report: Report; onClosed: () => void }) {
  const reporter = useStore((state) => nameOf(state.users[report.reporter]));
  return (
    <article className="flex flex-col gap-3 rounded-lg border border-line p-4">
      <header className="flex flex-wrap justify-between gap-x-3 text-sm">
        <p>
          <Trans>Reported by {reporter}</Trans>
        </p>
        <time dateTime={new Date(report.at).toISOString()} className="text-muted">
          {exactTime(report.at)}
        </time>
      </header>
      <p className="whitespace-pre-wrap font-medium">{report.reason}</p>
      {report.messages.map((message) => (
        <Reported key={message.message_id} message={message} />
      ))}
      {report.state === 'open' ? (
        <CloseForm id={report.id} onClosed={onClosed} />
      ) : (
        <Closed report={report} />
      )}
    </article>
  );
}

function Reported({ message }: { message: ReportedMessage }) {
  const user = useStore((state) => state.users[message.author_id]);
  const name = nameOf(user);
  return (
    <blockquote className="flex gap-3 rounded-md bg-side p-3">
      <Avatar name={name} picture={user?.picture} size="sm" />
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-baseline gap-x-2 text-sm">
          <span className="font-semibold">{name}</span>
          <time dateTime={new Date(message.sent_at).toISOString()} className="text-faint text-xs">
            {exactTime(message.sent_at)}
          </time>
        </p>
        <p className="whitespace-pre-wrap">
          {message.content.body ?? <Trans>A message without text ({message.content.t ?? '?'})</Trans>}
        </p>
        {message.is_verified ? (
          <p className="mt-1 flex items-center gap-1.5 text-good-text text-xs">
            <BadgeCheck size={14} aria-hidden />
            <Trans>Proven: signed by a device of {name}</Trans>
          </p>
        ) : (
          <p className="mt-1 flex items-center gap-1.5 text-warn-text text-xs">
            <TriangleAlert size={14} aria-hidden />
            <Trans>Not proven: this may not be what {name} wrote</Trans>
          </p>
        )}
      </div>
    </blockquote>
  );
}

function Closed({ report }: { report: Report }) {
  const by = useStore((state) => nameOf(state.users[report.closed_by ?? '']));
  return (
    <p className="text-muted text-sm">
      <Trans>Closed by {by}</Trans>
      {report.note !== '' && `: ${report.note}`}
    </p>
  );
}

function CloseForm({ id, onClosed }: { id: Id; onClosed: () => void }) {
  const { t } = useLingui();
  const form = useForm({
    initial: { note: '' },
    submit: async ({ note }) => {
      await closeReport(id, note.trim());
      onClosed();
    },
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-2">
        <TextField
          {...form.text('note')}
          className="min-w-48 grow basis-0"
          label={t`What was done about it (optional)`}
          maxLength={LONGEST_NOTE}
          autoComplete="off"
        />
        <Button type="submit" busy={form.busy}>{t`Close report`}</Button>
      </div>
      <FormError text={form.error} />
    </form>
  );
}
