import { useLingui } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Search } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Id } from '../api/types';
import { useWatchedPresence } from '../state/presence';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { Skeleton } from '../ui/Skeleton';
import { MemberItem } from './MemberItem';
import { useMemberActions } from './member-actions';
import { memberRows } from './member-rows';
import { useMemberList } from './use-member-list';

/** Of how many members changes of presence are followed; the others are as they were when they were loaded. */
const WATCHED = 150;
const ROW = 44;
const HEADING = 36;

interface MembersPanelProps {
  serverId: Id;
  /** A private room has members of its own. */
  roomId?: Id | null;
}

/** Who sees a room of a server, those who are there first. */
export function MembersPanel({ serverId, roomId = null }: MembersPanelProps) {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const isPrivate = useStore((state) => roomId !== null && (state.rooms[roomId]?.is_private ?? false));
  const list = useMemberList(serverId, search, roomId === null ? null : { id: roomId, isPrivate });
  const presence = useStore((state) => state.presence);
  const rows = useMemo(() => memberRows(list.members, presence), [list.members, presence]);
  useWatchedPresence(list.members.slice(0, WATCHED).map(({ user }) => user.id));
  const actions = useMemberActions(serverId);

  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === 'heading' ? HEADING : ROW),
    getItemKey: (index) => {
      const row = rows[index];
      return row?.kind === 'member' ? row.member.user.id : (row?.id ?? index);
    },
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const isNearEnd = (items.at(-1)?.index ?? 0) >= rows.length - 20;
  const { hasMore, loadMore } = list;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `loadMore` is a new function each time and guards itself
  useEffect(() => {
    if (isNearEnd && hasMore) loadMore();
  }, [isNearEnd, hasMore, rows.length]);

  return (
    <section aria-label={t`Members`} className="flex h-full min-h-0 flex-col bg-side">
      <div className="relative p-2.5">
        <Search size={16} aria-hidden className="-translate-y-1/2 absolute top-1/2 left-5 text-muted" />
        <input
          type="search"
          aria-label={t`Search members`}
          placeholder={t`Search members`}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          className="h-9 w-full rounded-md border border-edge bg-inset pr-2 pl-9 text-sm pointer-coarse:h-11"
        />
      </div>
      <div ref={scroller} className="min-h-0 grow overflow-y-auto px-2 pb-3" aria-busy={list.isLoading}>
        {list.isLoading && rows.length === 0 && <Loading />}
        {list.error && (
          <div role="alert" className="flex flex-col items-start gap-2 p-2 text-sm">
            {list.error}
            <Button size="sm" onClick={loadMore}>{t`Try again`}</Button>
          </div>
        )}
        {!list.isLoading && !list.error && rows.length === 0 && (
          <p className="p-2 text-muted text-sm">{t`Nobody of that name is in the server.`}</p>
        )}
        <ul style={{ height: virtual.getTotalSize() }} className="relative">
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <li
                key={item.key}
                style={{ transform: `translateY(${item.start}px)`, height: item.size }}
                className="absolute inset-x-0 top-0"
              >
                {row.kind === 'heading' ? (
                  <h2 className="px-2 pt-3.5 font-semibold text-faint text-xs">
                    {row.id === 'online' ? t`Here` : t`Away`} · {row.count}
                  </h2>
                ) : (
                  <MemberItem
                    serverId={serverId}
                    member={row.member}
                    entries={actions.entriesFor(row.member)}
                  />
                )}
              </li>
            );
          })}
        </ul>
      </div>
      {actions.question}
    </section>
  );
}

function Loading() {
  return (
    <div className="flex flex-col gap-3 p-2">
      {['w-32', 'w-24', 'w-36', 'w-28', 'w-20'].map((width) => (
        <div key={width} className="flex items-center gap-3">
          <Skeleton className="size-8 rounded-full" />
          <Skeleton className={`h-4 ${width}`} />
        </div>
      ))}
    </div>
  );
}
