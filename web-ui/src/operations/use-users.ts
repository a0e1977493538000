import { useEffect, useRef, useState } from 'react';
import { errorText } from '../api/errors';
import type { AdminUser } from '../api/types';
import { loadUsers } from './api';

const TYPING_MS = 200;

interface Page {
  users: AdminUser[];
  cursor: string | null;
  isLoading: boolean;
  error: string | null;
}

/** All accounts of the instance that match a search, page by page. */
export function useUsers(search: string) {
  const q = search.trim();
  const [page, setPage] = useState<Page>({ users: [], cursor: null, isLoading: true, error: null });
  // Answers to an older search must not come in after a newer one.
  const round = useRef(0);

  async function load(cursor: string | null) {
    round.current += cursor === null ? 1 : 0;
    const mine = round.current;
    setPage((before) => ({ ...before, isLoading: true, error: null }));
    try {
      const { users, next_cursor } = await loadUsers({ ...(q && { q }), ...(cursor && { cursor }) });
      if (mine !== round.current) return;
      setPage((before) => ({
        users: cursor === null ? users : [...before.users, ...users],
        cursor: next_cursor,
        isLoading: false,
        error: null,
      }));
    } catch (error) {
      if (mine === round.current)
        setPage((before) => ({ ...before, isLoading: false, error: errorText(error) }));
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: `load` is a new function each time; the search says when its meaning changes
  useEffect(() => {
    const timer = setTimeout(() => void load(null), q === '' ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [q]);

  return {
    ...page,
    loadMore: () => {
      if (!page.isLoading && page.cursor) void load(page.cursor);
    },
    replace: (changed: AdminUser) =>
      setPage((before) => ({
        ...before,
        users: before.users.map((user) => (user.user.id === changed.user.id ? changed : user)),
      })),
  };
}
