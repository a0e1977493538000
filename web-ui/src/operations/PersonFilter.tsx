import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import type { AdminUser } from '../api/types';
import { TextField } from '../ui/TextField';
import { loadUsers } from './api';

const TYPING_MS = 300;

/** A username, which becomes an account's id once it is somebody's. */
export function PersonFilter({ onChange }: { onChange: (id: string) => void }) {
  const { t } = useLingui();
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const changed = useRef(onChange);
  changed.current = onChange;
  const chosen = useRef('');

  useEffect(() => {
    const name = text.trim().replace(/^@/, '').toLowerCase();
    let current = true;
    const choose = (user: AdminUser | undefined) => {
      if (!current) return;
      setError(name && !user ? t`Nobody has this username.` : undefined);
      const id = user?.user.id ?? '';
      if (id !== chosen.current) changed.current(id);
      chosen.current = id;
    };
    if (name === '') choose(undefined);
    const timer = setTimeout(() => {
      if (name === '') return;
      loadUsers({ q: name }).then(
        ({ users }) => choose(users.find(({ user }) => user.username === name)),
        () => choose(undefined),
      );
    }, TYPING_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text, t]);

  return (
    <TextField
      label={t`Who`}
      placeholder={t`Username`}
      type="search"
      autoComplete="off"
      value={text}
      error={error}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
