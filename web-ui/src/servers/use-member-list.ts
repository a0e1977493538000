import { useEffect, useRef, useState } from 'react';
import { errorText } from '../api/errors';
import type { Id, Member } from '../api/types';
import { remember } from '../state/load';
import { useStore } from '../state/store';
import { loadMemberPage, loadPresence, loadRoomMembers } from './api';
import { matches } from './member-rows';

const PAGE = 100;
const TYPING_MS = 200;
const none: Record<Id, Member> = {};

export interface MemberList {
  members: Member[];
  isLoading: boolean;
  error: string | null;
  hasMore: boolean;
  loadMore: () => void;
}

/**
 * A server's members, page by page. Without a search they are those in the store, which events keep up to
 * date; a search shows what the node finds. With a private room they are the few who see it, all at once.
 */
export function useMemberList(serverId: Id, search: string, privateRoomId: Id | null = null): MemberList {
  const q = search.trim();
  const known = useStore((state) => state.members[serverId] ?? none);
  const [found, setFound] = useState<Member[]>([]);
  const [page, setPage] = useState<{ cursor: string | null; isLoading: boolean; error: string | null }>({
    cursor: null,
    isLoading: true,
    error: null,
  });
  // Answers to an older search must not come in after a newer one.
  const round = useRef(0);

  async function load(cursor: string | null) {
    round.current += cursor === null ? 1 : 0;
    const mine = round.current;
    setPage((before) => ({ ...before, isLoading: true, error: null }));
    try {
      const { members, next_cursor } = privateRoomId
        ? { members: await loadRoomMembers(privateRoomId), next_cursor: null }
        : await loadMemberPage(serverId, { ...(cursor && { cursor }), limit: PAGE, ...(q && { q }) });
      const presence = await loadPresence(members.slice(0, PAGE).map(({ user }) => user.id)).catch(() => []);
      if (mine !== round.current) return;
      remember.members(serverId, members);
      remember.presence(presence);
      setFound((before) => (cursor === null ? members : [...before, ...members]));
      setPage({ cursor: next_cursor, isLoading: false, error: null });
    } catch (error) {
      if (mine === round.current)
        setPage((before) => ({ ...before, isLoading: false, error: errorText(error) }));
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: `load` is a new function each time; server and search say when its meaning changes
  useEffect(() => {
    const timer = setTimeout(() => void load(null), q === '' ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [serverId, privateRoomId, privateRoomId ? '' : q]);

  const listed = found.map((member) => known[member.user.id] ?? member);

  return {
    members: privateRoomId
      ? listed.filter((member) => matches(member, q))
      : q === ''
        ? Object.values(known)
        : listed,
    isLoading: page.isLoading,
    error: page.error,
    hasMore: page.cursor !== null,
    loadMore: () => {
      if (!page.isLoading && page.cursor !== null) void load(page.cursor);
    },
  };
}
