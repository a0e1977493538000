import { useLingui } from '@lingui/react/macro';
import { Check, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { errorText } from '../api/errors';
import type { Id, User } from '../api/types';
import { nameOf } from '../state/selectors';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { Spinner } from '../ui/Spinner';
import { TextField } from '../ui/TextField';
import { searchUsers } from './api';

const SEARCH_MS = 200;

interface PeoplePickerProps {
  chosen: User[];
  onChange: (chosen: User[]) => void;
  /** Those who cannot be chosen: oneself, who is already in. */
  without: Id[];
}

/** Finds people by name and gathers some of them. */
export function PeoplePicker({ chosen, onChange, without }: PeoplePickerProps) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const [result, setResult] = useState<{ users: User[]; error: string | null } | null>(null);
  const known = useStore((state) => state.users);
  const wanted = query.trim();

  useEffect(() => {
    setResult(null);
    if (wanted === '') return;
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const found = await searchUsers(wanted).then(
        (users) => ({ users, error: null }),
        (error: unknown) => ({ users: [], error: errorText(error) }),
      );
      if (isCurrent) setResult(found);
    }, SEARCH_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [wanted]);

  const offered = (wanted === '' ? Object.values(known) : (result?.users ?? []))
    .filter((user) => !without.includes(user.id) && !user.is_disabled)
    .slice(0, 30);
  const isChosen = (user: User) => chosen.some((one) => one.id === user.id);
  const toggle = (user: User) =>
    onChange(isChosen(user) ? chosen.filter((one) => one.id !== user.id) : [...chosen, user]);

  return (
    <div>
      {chosen.length > 0 && (
        <ul aria-label={t`Chosen`} className="mb-2 flex flex-wrap gap-1.5">
          {chosen.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                aria-label={t`Remove ${nameOf(user)}`}
                onClick={() => toggle(user)}
                className="inline-flex min-h-8 items-center gap-1.5 rounded-full bg-accent-soft pr-2 pl-1 text-accent-text text-sm pointer-coarse:min-h-11"
              >
                <Avatar name={nameOf(user)} picture={user.picture} size="xs" />
                {nameOf(user)}
                <X size={14} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <TextField
        label={t`Find people`}
        placeholder={t`Username or display name`}
        value={query}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setQuery(event.target.value)}
      />
      <ul aria-label={t`People`} className="-mx-2 mt-2 h-64 overflow-y-auto">
        {offered.map((user) => (
          <li key={user.id}>
            <button
              type="button"
              aria-pressed={isChosen(user)}
              onClick={() => toggle(user)}
              className="flex min-h-12 w-full items-center gap-3 rounded-md px-2 text-left hover:bg-hover"
            >
              <Avatar name={nameOf(user)} picture={user.picture} size="sm" />
              <span className="min-w-0 grow">
                <span className="block truncate font-medium">{nameOf(user)}</span>
                <span className="block truncate text-muted text-sm">@{user.username}</span>
              </span>
              {isChosen(user) && <Check size={18} aria-hidden className="text-accent-text" />}
            </button>
          </li>
        ))}
        {wanted !== '' && result === null && (
          <li className="grid h-16 place-items-center">
            <Spinner />
          </li>
        )}
        {offered.length === 0 && (wanted === '' || result !== null) && (
          <li className="px-2 py-6 text-center text-muted">
            {result?.error ?? (wanted === '' ? t`Type a name.` : t`Nobody found.`)}
          </li>
        )}
      </ul>
    </div>
  );
}
