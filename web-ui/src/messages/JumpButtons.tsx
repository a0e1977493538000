import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { unreadOf } from '../state/selectors';
import { useStore } from '../state/store';
import { IconButton } from '../ui/IconButton';
import { usePlace } from './place';
import { markAllRead } from './reading';
import type { ScrollKeeper } from './scroll';

/** Ways through the history: up to the first unread message, down to the newest. */
export function JumpButtons({ keeper }: { keeper: ScrollKeeper }) {
  const { t } = useLingui();
  const { timeline, conversationId } = usePlace();
  const { isFar, isLineAbove } = useSyncExternalStore(keeper.subscribe, keeper.getSnapshot);
  const { lineAfter } = useSyncExternalStore(timeline.subscribe, timeline.getSnapshot);
  const unread = useStore((state) => unreadOf(state.readStates[conversationId]));
  const last = useStore((state) => state.readStates[conversationId]?.last_seq ?? 0);
  const isLineShown = isLineAbove && lineAfter !== null;
  return (
    <>
      {isLineShown && (
        <div className="-translate-x-1/2 absolute top-2 left-1/2 z-20 flex animate-rise items-center rounded-full bg-accent pl-1 text-accent-ink shadow-float">
          <button
            type="button"
            className="inline-flex min-h-9 items-center gap-2 whitespace-nowrap rounded-full px-3 font-medium text-sm pointer-coarse:min-h-11"
            onClick={() => void timeline.jumpToUnread()}
          >
            <ArrowUp size={16} aria-hidden />
            <Plural value={last - (lineAfter ?? 0)} one="# new message" other="# new messages" />
          </button>
          <IconButton
            size="sm"
            label={t`Mark as read`}
            icon={<X size={16} aria-hidden />}
            className="mr-1 rounded-full !text-accent-ink"
            onClick={() => markAllRead(conversationId)}
          />
        </div>
      )}
      {isFar && (
        <button
          type="button"
          className="absolute right-4 bottom-3 z-20 inline-flex min-h-10 animate-rise items-center gap-2 rounded-full border border-line bg-raised px-3.5 font-medium text-sm shadow-float hover:bg-side pointer-coarse:min-h-11"
          onClick={() => void timeline.jumpToPresent()}
        >
          <ArrowDown size={16} aria-hidden />
          {unread > 0 ? (
            <Plural value={unread} one="# new message" other="# new messages" />
          ) : (
            <Trans>Newest</Trans>
          )}
        </button>
      )}
    </>
  );
}
