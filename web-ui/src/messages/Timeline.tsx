import { useLingui } from '@lingui/react/macro';
import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useEncryption } from '../encryption/engine';
import { useStore } from '../state/store';
import { outbox } from '../state/sync';
import { ContextMenu } from '../ui/ContextMenu';
import { Announcer } from './Announcer';
import { ConversationStart } from './ConversationStart';
import { HistoryCut, HistoryError, HistorySkeleton } from './HistoryStates';
import { JumpButtons } from './JumpButtons';
import { MessageSheet } from './MessageSheet';
import { useMessageEntries } from './message-entries';
import { usePlace } from './place';
import { RowList } from './RowList';
import { rowsOf, unseenOf } from './rows';
import { ScrollKeeper } from './scroll';
import { useListKeys } from './use-list-keys';
import { useRowMenu } from './use-row-menu';

const HIGHLIGHT_MS = 2_000;

/** Draws a conversation's loaded history. What is loaded and where it stands is decided in `timeline.ts` and `scroll.ts`. */
export function Timeline() {
  const { t } = useLingui();
  const { timeline, conversationId } = usePlace();
  const [highlighted, setHighlighted] = useState<number | null>(null);
  const keeper = useMemo(() => new ScrollKeeper(timeline, setHighlighted), [timeline]);
  const box = useRef<HTMLDivElement>(null);
  const snapshot = useSyncExternalStore(timeline.subscribe, timeline.getSnapshot);
  const outgoing = useSyncExternalStore(outbox.subscribe, () => outbox.entries(conversationId));
  const menu = useRowMenu();
  const entries = useMessageEntries(menu.message);
  const keys = useListKeys(box, keeper);
  const { messages, lineAfter, hasAfter, hasBefore, status, error } = snapshot;
  const encryptedAfter = useEncryption(
    (state) => state.conversations[conversationId]?.encryptedAfter ?? null,
  );
  const rows = useMemo(
    () => rowsOf({ messages, outgoing, lineAfter, isComplete: !hasAfter, encryptedAfter }),
    [messages, outgoing, lineAfter, hasAfter, encryptedAfter],
  );
  const [first] = messages;
  const isClosedAbove = first !== undefined && unseenOf(first) !== null;

  useLayoutEffect(() => (box.current ? keeper.attach(box.current) : undefined), [keeper]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn rows change the place as well
  useLayoutEffect(() => keeper.rendered(snapshot), [keeper, snapshot, rows]);
  useEffect(() => {
    if (highlighted === null) return;
    const timer = setTimeout(() => setHighlighted(null), HIGHLIGHT_MS);
    return () => clearTimeout(timer);
  }, [highlighted]);

  const isEmpty = messages.length === 0;
  const isKept = useStore((state) => state.isKept);
  const goesOn = hasBefore && !isClosedAbove;
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <ContextMenu entries={entries.length > 0 ? entries : ['separator']}>
        <div className="flex min-h-0 grow flex-col">
          <div
            ref={box}
            onScroll={keeper.scrolled}
            {...menu.handlers}
            className="flex min-h-0 grow flex-col-reverse overflow-y-auto overflow-x-hidden overscroll-contain"
          >
            <div
              role="log"
              aria-live="off"
              aria-label={t`Messages`}
              aria-busy={status === 'loading'}
              onKeyDown={keys.onKeyDown}
              onFocus={keys.onFocus}
              className="pb-3"
            >
              {isKept && goesOn && <HistoryCut />}
              {((!isKept && goesOn) || (isEmpty && status === 'loading')) && <HistorySkeleton />}
              {!hasBefore && status === 'ready' && <ConversationStart />}
              {error !== null && !(isKept && isEmpty) && <HistoryError text={error} />}
              {isKept && isEmpty && status === 'failed' && <HistoryCut isAll />}
              <RowList rows={rows} current={keys.current} highlighted={highlighted} />
              {hasAfter && !isEmpty && <HistorySkeleton />}
            </div>
          </div>
        </div>
      </ContextMenu>
      <JumpButtons keeper={keeper} />
      <Announcer messages={messages} />
      {menu.pressed && <MessageSheet message={menu.pressed} onClose={menu.closeSheet} />}
    </div>
  );
}
