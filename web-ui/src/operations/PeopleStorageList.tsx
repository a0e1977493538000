import { Plural, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '../api/errors';
import { useLoad } from '../lib/use-load';
import { Avatar } from '../ui/Avatar';
import { Button } from '../ui/Button';
import { LoadError } from '../ui/LoadError';
import { Section } from '../ui/Section';
import { Skeleton } from '../ui/Skeleton';
import { TextField } from '../ui/TextField';
import { toasts } from '../ui/toasts';
import { Bar } from './Bar';
import { byteSize } from './byte-size';
import { QuotaDialog } from './QuotaDialog';
import { loadPeopleStorage, type PersonStorage, share } from './storage';

/** Who stores how much, the most first. `round`: what changes when the list has to be loaded again. */
export function PeopleStorageList({ round }: { round: string }) {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const q = search.trim();
  const page = useLoad(() => loadPeopleStorage(q ? { q } : {}), `${round} ${q}`);
  const [changing, setChanging] = useState<PersonStorage | null>(null);
  const [busy, setBusy] = useState(false);
  const cursor = page.data?.next_cursor;

  async function more() {
    if (!page.data || !cursor) return;
    setBusy(true);
    try {
      const next = await loadPeopleStorage({ ...(q && { q }), cursor });
      page.set({ ...next, people: [...page.data.people, ...next.people] });
    } catch (error) {
      toasts.error(errorText(error));
    }
    setBusy(false);
  }

  return (
    <Section title={t`Who stores how much`}>
      <TextField
        label={t`Find a user`}
        hideLabel
        placeholder={t`Username, name or e-mail`}
        type="search"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        autoComplete="off"
      />
      {page.error && !page.data && <LoadError error={page.error} retry={page.reload} />}
      {!page.data && !page.error && <Skeleton className="h-24 w-full" />}
      {page.data?.people.length === 0 && <p className="text-muted">{t`No account matches.`}</p>}
      <ul aria-label={t`Who stores how much`} className="flex flex-col">
        {page.data?.people.map((person) => (
          <PersonLine key={person.user.id} person={person} onChange={() => setChanging(person)} />
        ))}
      </ul>
      {cursor && <Button busy={busy} onClick={() => void more()}>{t`Show more`}</Button>}
      {changing && (
        <QuotaDialog
          person={changing}
          onClose={() => setChanging(null)}
          onChanged={(changed) => {
            if (!page.data) return;
            const people = page.data.people.map((one) => (one.user.id === changed.user.id ? changed : one));
            page.set({ ...page.data, people });
          }}
        />
      )}
    </Section>
  );
}

function PersonLine({ person, onChange }: { person: PersonStorage; onChange: () => void }) {
  const { t } = useLingui();
  const { user, bytes, files, allowed } = person;
  const name = user.display_name || user.username;
  const used = byteSize(bytes);
  const most = allowed.bytes === null ? null : byteSize(allowed.bytes);
  const part = share(bytes, allowed);
  return (
    <li className="flex items-center gap-3 border-line border-b py-2.5 last:border-b-0">
      <Avatar name={name} picture={user.picture} size="md" />
      <div className="flex min-w-0 grow flex-col gap-1">
        <p className="truncate text-sm">
          <span className="font-medium">{name}</span> <span className="text-muted">@{user.username}</span>
        </p>
        <Bar share={part ?? 0} />
        <p className="text-muted text-xs">
          {most === null ? t`${used}, any amount allowed` : t`${used} of ${most}`}
          {' · '}
          <Plural value={files} _0="no files" one="# file" other="# files" />
          {allowed.is_chosen && ` · ${t`own quota`}`}
        </p>
      </div>
      <Button size="sm" aria-label={t`Change the quota of ${name}`} onClick={onChange}>{t`Quota`}</Button>
    </li>
  );
}
