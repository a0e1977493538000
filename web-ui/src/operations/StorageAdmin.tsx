import { useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { useForm } from '../lib/use-form';
import { useLoad } from '../lib/use-load';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { LoadError } from '../ui/LoadError';
import { Section } from '../ui/Section';
import { Skeleton } from '../ui/Skeleton';
import { TextField } from '../ui/TextField';
import { toasts } from '../ui/toasts';
import { Bar } from './Bar';
import { byteSize } from './byte-size';
import { PeopleStorageList } from './PeopleStorageList';
import { choiceOf, chosenText, loadStorage, type StorageView, share, updateStorageLimits } from './storage';

/** What takes space, how much people may store, and who stores how much. */
export function StorageAdmin() {
  const storage = useLoad(loadStorage);
  if (!storage.data) {
    return storage.error ? (
      <LoadError error={storage.error} retry={storage.reload} />
    ) : (
      <Skeleton className="h-64 w-full" />
    );
  }
  const { limits } = storage.data;
  return (
    <>
      <Space view={storage.data} />
      <Limits
        key={`${limits.per_person.bytes} ${limits.total.bytes}`}
        view={storage.data}
        onSaved={storage.reload}
      />
      <PeopleStorageList round={`${limits.per_person.bytes}`} />
    </>
  );
}

function Space({ view: { database, kinds, folders, disk } }: { view: StorageView }) {
  const { t } = useLingui();
  const largest = Math.max(database.bytes, ...folders.map(({ bytes }) => bytes), 1);
  const names: Record<string, string> = {
    blobs: t`Files`,
    backups: t`Backups`,
    upgrades: t`Kept for going back on upgrades`,
    analytics: t`Counts and errors`,
  };
  const kindNames: Record<string, string> = {
    picture: t`pictures of people`,
    icon: t`icons of servers`,
    instance_icon: t`icon of the instance`,
    emoji: t`emoji`,
  };
  const searchSize = byteSize(database.search_bytes);
  const held = kinds.map(({ kind, bytes }) => `${kindNames[kind] ?? kind} ${byteSize(bytes)}`).join(', ');
  return (
    <Section title={t`What takes space`}>
      {disk && (
        <div className="flex flex-col gap-1.5">
          <p className="text-sm">
            {t`${byteSize(disk.free_bytes)} of ${byteSize(disk.all_bytes)} are free on the disk.`}
          </p>
          <Bar share={1 - disk.free_bytes / Math.max(1, disk.all_bytes)} />
        </div>
      )}
      <ul
        aria-label={t`What takes space`}
        className="flex flex-col divide-y divide-line rounded-lg border border-line"
      >
        <Part
          name={t`Database (${database.engine})`}
          note={t`${searchSize} of it for the search`}
          bytes={database.bytes}
          largest={largest}
        />
        {folders.map(({ name, path, bytes }) => (
          <Part
            key={name}
            name={names[name] ?? name}
            note={name === 'blobs' && held ? held : path}
            bytes={bytes}
            largest={largest}
          />
        ))}
      </ul>
    </Section>
  );
}

interface PartProps {
  name: string;
  note: ReactNode;
  bytes: number;
  largest: number;
}

function Part({ name, note, bytes, largest }: PartProps) {
  return (
    <li className="flex flex-col gap-1.5 px-3 py-2.5">
      <div className="flex items-baseline justify-between gap-3">
        <p className="min-w-0 font-medium text-sm">{name}</p>
        <p className="shrink-0 text-sm tabular-nums">{byteSize(bytes)}</p>
      </div>
      <Bar share={(0.9 * bytes) / largest} />
      <p className="break-words text-muted text-xs">{note}</p>
    </li>
  );
}

function Limits({ view, onSaved }: { view: StorageView; onSaved: () => void }) {
  const { t } = useLingui();
  const { per_person, total } = view.limits;
  const form = useForm({
    initial: { per_person: chosenText(per_person), total: chosenText(total) },
    submit: async (values) => {
      await updateStorageLimits({
        per_person: choiceOf(values.per_person),
        total: choiceOf(values.total),
      });
      toasts.info(t`Settings saved.`);
      onSaved();
    },
  });
  const amount = (bytes: number | null) => (bytes === null ? t`unlimited` : byteSize(bytes));
  const part = share(view.stored_bytes, total);
  return (
    <Section
      title={t`How much people may store`}
      description={t`Pictures count; messages don’t. What is stored already stays, whatever is chosen here.`}
    >
      <div className="flex flex-col gap-1.5">
        <p className="text-sm">
          {total.bytes === null
            ? t`${byteSize(view.stored_bytes)} are stored.`
            : t`${byteSize(view.stored_bytes)} of ${byteSize(total.bytes)} are used.`}
        </p>
        {part !== null && <Bar share={part} />}
      </div>
      <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            {...form.text('per_person')}
            label={t`Each person`}
            placeholder={amount(per_person.default_bytes)}
            hint={t`Such as 500MB, 2GB or unlimited. Empty: ${amount(per_person.default_bytes)}, as configured.`}
            maxLength={32}
            autoComplete="off"
          />
          <TextField
            {...form.text('total')}
            label={t`Everybody together`}
            placeholder={amount(total.default_bytes)}
            hint={t`Empty: ${amount(total.default_bytes)}, as configured.`}
            maxLength={32}
            autoComplete="off"
          />
        </div>
        <FormError text={form.error} />
        <div>
          <Button type="submit" variant="primary" busy={form.busy}>{t`Save changes`}</Button>
        </div>
      </form>
    </Section>
  );
}
