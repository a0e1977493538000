import { Plural, useLingui } from '@lingui/react/macro';
import { CircleCheck } from 'lucide-react';
import { useEffect, useState } from 'react';
import { stampTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { Badge } from '../ui/Badge';
import { EmptyState } from '../ui/EmptyState';
import { LoadError } from '../ui/LoadError';
import { Select } from '../ui/Select';
import { Skeleton } from '../ui/Skeleton';
import { errorsSeenAt, seeErrors } from './new-errors';
import { type ErrorGroup, loadErrors } from './watching';

/** What went wrong in the node, grouped by its place in the program. */
export function ErrorsAdmin() {
  const { t } = useLingui();
  const [level, setLevel] = useState('');
  const [seenAt] = useState(errorsSeenAt);
  const list = useLoad(() => loadErrors(level), level);
  const newest = list.data?.errors[0]?.last_at;
  useEffect(() => {
    if (newest !== undefined) seeErrors(newest);
  }, [newest]);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted text-sm">
        {t`Errors and warnings of the node itself, without names or texts of anybody. The node’s log has more.`}
      </p>
      <Select
        label={t`Severity`}
        className="max-w-sm"
        value={level}
        onChange={setLevel}
        options={[
          { value: '', label: t`Errors and warnings` },
          { value: 'error', label: t`Errors` },
          { value: 'warning', label: t`Warnings` },
        ]}
      />
      {list.error && !list.data && <LoadError error={list.error} retry={list.reload} />}
      {!list.data && !list.error && <Skeleton className="h-40 w-full" />}
      {list.data?.errors.length === 0 && (
        <EmptyState
          icon={<CircleCheck size={26} />}
          title={
            list.data.is_on
              ? t`Nothing went wrong.`
              : t`The analytics are switched off, and errors with them.`
          }
        />
      )}
      {list.data && list.data.errors.length > 0 && (
        <ul
          aria-label={t`Errors`}
          className="flex flex-col divide-y divide-line rounded-lg border border-line"
        >
          {list.data.errors.map((group) => (
            <Group key={group.place + group.message} group={group} isNew={group.last_at > seenAt} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Group({ group, isNew }: { group: ErrorGroup; isNew: boolean }) {
  const { t } = useLingui();
  return (
    <li className="flex flex-col gap-1 px-3 py-2.5">
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <Badge tone={group.level === 'error' ? 'danger' : 'warn'}>
          {group.level === 'error' ? t`Error` : t`Warning`}
        </Badge>
        {isNew && <Badge tone="soft">{t`New`}</Badge>}
        <span className="min-w-0 font-medium">{group.message}</span>
      </p>
      {group.detail && <p className="break-words text-sm">{group.detail}</p>}
      <p className="text-muted text-xs">
        <Plural value={group.count} one="once" other="# times" />
        {' · '}
        {group.count > 1
          ? t`from ${stampTime(group.first_at)} to ${stampTime(group.last_at)}`
          : stampTime(group.last_at)}
        {' · '}
        <code className="break-all">{group.place}</code>
      </p>
    </li>
  );
}
