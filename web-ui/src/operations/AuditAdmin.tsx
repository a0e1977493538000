import { useLingui } from '@lingui/react/macro';
import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { AuditLines } from '../accounts/AuditLines';
import { securityKinds } from '../accounts/audit-words';
import { errorText } from '../api/errors';
import { useLoad } from '../lib/use-load';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/EmptyState';
import { LoadError } from '../ui/LoadError';
import { Select } from '../ui/Select';
import { Skeleton } from '../ui/Skeleton';
import { toasts } from '../ui/toasts';
import { adminKinds, allWords } from './admin-words';
import { PersonFilter } from './PersonFilter';
import { type AuditFilter, exportAudit, loadAudit } from './watching';

/** What administrators did. */
export const AuditAdmin = () => <Log log="admin" />;

/** What happened to sign-ins, devices and passwords. */
export const SecurityAdmin = () => <Log log="security" />;

function Log({ log }: { log: AuditFilter['log'] }) {
  const { t, i18n } = useLingui();
  const [filter, setFilter] = useState<AuditFilter>({ log, kind: '', user_id: '', days: 0 });
  const page = useLoad(() => loadAudit(filter, null), JSON.stringify(filter));
  const [busy, setBusy] = useState(false);
  const kinds = log === 'admin' ? adminKinds : securityKinds;

  async function more() {
    if (!page.data) return;
    setBusy(true);
    try {
      const next = await loadAudit(filter, page.data.next_cursor);
      page.set({ ...next, lines: [...page.data.lines, ...next.lines] });
    } catch (error) {
      toasts.error(errorText(error));
    }
    setBusy(false);
  }

  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted text-sm">
        {log === 'admin'
          ? t`What administrators did, in the browser and in the terminal.`
          : t`What happened to people’s sign-ins, devices and passwords.`}
      </p>
      <div className="grid gap-3 sm:grid-cols-3">
        <Select
          label={t`What`}
          value={filter.kind}
          onChange={(kind) => setFilter({ ...filter, kind })}
          options={[
            { value: '', label: t`Everything` },
            ...Object.entries(kinds).map(([value, word]) => ({ value, label: i18n._(word) })),
          ]}
        />
        <PersonFilter onChange={(user_id) => setFilter({ ...filter, user_id })} />
        <Select
          label={t`When`}
          value={String(filter.days)}
          onChange={(days) => setFilter({ ...filter, days: Number(days) })}
          options={[
            { value: '0', label: t`Any time` },
            { value: '1', label: t`The last day` },
            { value: '7', label: t`The last week` },
            { value: '30', label: t`The last month` },
          ]}
        />
      </div>
      {page.error && !page.data && <LoadError error={page.error} retry={page.reload} />}
      {!page.data && !page.error && <Skeleton className="h-64 w-full" />}
      {page.data?.lines.length === 0 && (
        <EmptyState icon={<ScrollText size={26} />} title={t`Nothing here matches.`} />
      )}
      {page.data && page.data.lines.length > 0 && (
        <AuditLines
          label={log === 'admin' ? t`Audit log` : t`Security events`}
          lines={page.data.lines}
          words={allWords}
        />
      )}
      <div className="flex flex-wrap items-center gap-2">
        {page.data?.next_cursor && <Button busy={busy} onClick={() => void more()}>{t`Show more`}</Button>}
        <span className="grow" />
        <Button size="sm" onClick={() => void save(filter, 'csv')}>{t`Save as CSV`}</Button>
        <Button size="sm" onClick={() => void save(filter, 'json')}>{t`Save as JSON`}</Button>
      </div>
    </div>
  );
}

async function save(filter: AuditFilter, format: 'csv' | 'json') {
  try {
    const url = URL.createObjectURL(await exportAudit(filter, format));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${filter.log}.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (error) {
    toasts.error(errorText(error));
  }
}
