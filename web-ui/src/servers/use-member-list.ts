import { useEffect, useRef, useState } from 'react';
import { errorText } from '../api/errors';
import type { Id, Member, MemberPage } from '../api/types';
import { recentView } from '../messages/views';
import { remember } from '../state/load';
import { useStore } from '../state/store';
import { loadMemberPage, loadPresence, loadRoomMembers, type MembersQuery } from './api';
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

/** The room beside which the members stand. */
export interface MembersRoom {
  id: Id;
  isPrivate: boolean;
}

/**
 * A server's members, page by page. Without a search they are those in the store, which events keep up to
 * date; a search shows what the node finds. With a private room they are the few who see it, all at once.
 */
export function useMemberList(serverId: Id, search: string, room: MembersRoom | null = null): MemberList {
  const q = search.trim();
  const privateRoomId = room?.isPrivate ? room.id : null;
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
      const isFirst = cursor === null && (q === '' || privateRoomId !== null);
      const { members, next_cursor } =
        (isFirst && room && (await pageOfView(room.id))) ||
        (await (privateRoomId
          ? wholeRoom(serverId, privateRoomId)
          : pageOf(serverId, { ...(cursor && { cursor }), limit: PAGE, ...(q && { q }) })));
      if (mine !== round.current) return;
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

/** The page that comes with the room's messages, when these were loaded just now. Its people are in the store then. */
async function pageOfView(roomId: Id): Promise<MemberPage | null> {
  const view = await recentView(roomId)?.catch(() => null);
  return view?.members ?? null;
}

async function pageOf(serverId: Id, query: MembersQuery): Promise<MemberPage> {
  const page = await loadMemberPage(serverId, query);
  await keep(serverId, page.members);
  return page;
}

async function wholeRoom(serverId: Id, roomId: Id): Promise<MemberPage> {
  const members = await loadRoomMembers(roomId);
  await keep(serverId, members);
  return { members, next_cursor: null };
}

async function keep(serverId: Id, members: Member[]): Promise<void> {
  const ids = members.slice(0, PAGE).map(({ user }) => user.id);
  const presence = await loadPresence(ids).catch(() => []);
  remember.members(serverId, members);
  remember.presence(presence);
}
