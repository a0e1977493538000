import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useEffect, useRef, useSyncExternalStore } from 'react';
import { useLocation } from 'wouter';
import type { Id, Message } from '../api/types';
import { pathOf } from './links';
import { SearchBar } from './SearchBar';
import { SearchResults } from './SearchResults';
import { ownSearch } from './searches';
import { timelineOf } from './timelines';

interface SearchPanelProps {
  conversationId: Id;
  serverId: Id | null;
  /** A hit was gone to. */
  onGone: () => void;
}

/** Finds messages, and goes to them. */
export function SearchPanel({ conversationId, serverId, onGone }: SearchPanelProps) {
  const { t } = useLingui();
  const search = ownSearch();
  const snapshot = useSyncExternalStore(search.subscribe, search.getSnapshot);
  const box = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [, navigate] = useLocation();

  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    search.enter({ conversationId, serverId });
    const { visited } = search.getSnapshot();
    // One goes through the hits by key, also from one conversation to another.
    if (search.arrived()) box.current?.querySelector<HTMLElement>(`[data-hit="${visited}"]`)?.focus();
  }, [search, conversationId, serverId]);

  const go = (message: Message) => {
    const isElsewhere = message.conversation_id !== conversationId;
    search.visit(message.id, isElsewhere);
    if (isElsewhere) navigate(pathOf(message));
    else void timelineOf(conversationId).jumpTo(message.seq);
    onGone();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const isField = event.target === field.current;
    const [first] = snapshot.hits;
    if (moveFocus(box.current, event)) event.preventDefault();
    else if (isField && event.key === 'Enter') {
      event.preventDefault();
      if (snapshot.status === 'ready' && first) go(first.message);
      else search.submit();
    }
  };

  return (
    <search
      ref={box}
      aria-label={t`Search messages`}
      onKeyDown={onKeyDown}
      className="flex min-h-0 grow flex-col"
    >
      <SearchBar
        search={search}
        field={field}
        hasServer={serverId !== null}
        conversationId={conversationId}
      />
      <SearchResults
        search={search}
        conversationId={snapshot.scope === 'conversation' ? conversationId : null}
        go={go}
      />
    </search>
  );
}

/** Arrows go from the field through suggestions and hits, and back. */
function moveFocus(box: HTMLElement | null, { key, target }: KeyboardEvent): boolean {
  const by = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (!box || by === undefined || !(target instanceof HTMLElement)) return false;
  const stops = [...box.querySelectorAll<HTMLElement>('[data-stop]')];
  const at = stops.indexOf(target);
  const next = at < 0 ? undefined : stops[at + by];
  next?.focus();
  return at >= 0;
}
