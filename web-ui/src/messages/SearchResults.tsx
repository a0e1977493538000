import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { CloudOff, SearchX } from 'lucide-react';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { Id, Message } from '../api/types';
import { Button } from '../ui/Button';
import { cx } from '../ui/cx';
import { EmptyState } from '../ui/EmptyState';
import { Skeleton } from '../ui/Skeleton';
import { FurtherBack } from './FurtherBack';
import { SearchHelp } from './SearchHelp';
import { SearchHitRow } from './SearchHitRow';
import type { MessageSearch } from './search';

interface SearchResultsProps {
  search: MessageSearch;
  /** The conversation that is searched alone; null where it is more than one. */
  conversationId: Id | null;
  go: (message: Message) => void;
}

/** What was found, page by page. */
export function SearchResults({ search, conversationId, go }: SearchResultsProps) {
  const { t } = useLingui();
  const { status, hits, hasMore, loadingMore, error, scope, visited } = useSyncExternalStore(
    search.subscribe,
    search.getSnapshot,
  );
  const isFirst = hits.length === 0;
  return (
    <div
      aria-busy={status === 'searching'}
      className="min-h-0 grow overflow-y-auto overscroll-contain px-1.5 pt-1.5 pb-3"
    >
      <p role="status" className={cx(isFirst ? 'sr-only' : 'px-2 pb-1 font-semibold text-faint text-xs')}>
        {status === 'ready' && isFirst && t`No messages found.`}
        {status !== 'idle' && !isFirst && <Count count={hits.length} hasMore={hasMore} />}
      </p>
      {status === 'idle' && <SearchHelp />}
      {status === 'searching' && isFirst && <Loading />}
      {status === 'ready' && isFirst && <NothingFound isNarrow={scope !== 'everywhere'} search={search} />}
      {status === 'failed' && error && error.kind !== 'query' && (
        <EmptyState
          icon={<CloudOff size={26} />}
          title={t`The search did not work`}
          action={<Button onClick={() => search.retry()}>{t`Try again`}</Button>}
        >
          <span role="alert">{error.text}</span>
        </EmptyState>
      )}
      <ol
        aria-label={t`Messages found`}
        className={cx('flex flex-col', status === 'searching' && 'opacity-60 transition-opacity delay-150')}
      >
        {hits.map((hit) => (
          <li key={hit.message.id}>
            <SearchHitRow
              hit={hit}
              isPlaceShown={scope !== 'conversation'}
              isVisited={hit.message.id === visited}
              go={go}
            />
          </li>
        ))}
      </ol>
      {status === 'ready' && error && (
        <div role="alert" className="flex flex-wrap items-center gap-2 p-2 text-sm">
          <span className="grow">{error.text}</span>
          <Button size="sm" onClick={() => search.retry()}>{t`Try again`}</Button>
        </div>
      )}
      {status === 'ready' && !hasMore && <FurtherBack search={search} conversationId={conversationId} />}
      {hasMore && !error && <More isLoading={loadingMore} load={() => void search.loadMore()} />}
    </div>
  );
}

function Count({ count, hasMore }: { count: number; hasMore: boolean }) {
  if (hasMore) return <Trans>More than {count} messages</Trans>;
  return <Plural value={count} one="# message" other="# messages" />;
}

/** Comes into view at the end of the list, and asks for the next page then. */
function More({ isLoading, load }: { isLoading: boolean; load: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (isLoading || !box.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && latest.current(),
      { rootMargin: '300px' },
    );
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [isLoading]);
  return (
    <div ref={box}>
      <Loading />
    </div>
  );
}

function NothingFound({ isNarrow, search }: { isNarrow: boolean; search: MessageSearch }) {
  const { t } = useLingui();
  return (
    <EmptyState
      icon={<SearchX size={26} />}
      title={t`Nothing found`}
      action={isNarrow && <Button onClick={() => search.narrow('everywhere')}>{t`Search everywhere`}</Button>}
    >
      <Trans>Fewer or other words may find more.</Trans>
    </EmptyState>
  );
}

function Loading() {
  return (
    <div aria-hidden className="flex flex-col gap-4 p-2">
      {['w-4/5', 'w-3/5', 'w-3/4'].map((width) => (
        <div key={width} className="flex gap-3">
          <Skeleton className="size-8 shrink-0 !rounded-full" />
          <div className="grow">
            <Skeleton className="mb-2 h-3.5 w-28" />
            <Skeleton className={`h-3.5 ${width}`} />
          </div>
        </div>
      ))}
    </div>
  );
}
