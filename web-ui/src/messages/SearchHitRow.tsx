import { useLingui } from '@lingui/react/macro';
import { LockKeyhole } from 'lucide-react';
import type { Fragment, Message, SearchHit } from '../api/types';
import { sealedOf } from '../encryption/model';
import { decodeMentions } from '../lib/mentions';
import { exactTime, stampTime } from '../lib/time';
import { nameIn, placeName } from '../state/selectors';
import { store, useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { cx } from '../ui/cx';
import { writtenMention } from './completions';

interface SearchHitRowProps {
  hit: SearchHit;
  /** Whether to tell in which conversation it is. */
  isPlaceShown: boolean;
  isVisited: boolean;
  go: (message: Message) => void;
}

/** A message that was found: who wrote it, when and where, and the words around what was searched. */
export function SearchHitRow({ hit, isPlaceShown, isVisited, go }: SearchHitRowProps) {
  const { t } = useLingui();
  const { message, fragments } = hit;
  const isLocal = sealedOf(message) !== null;
  const serverId = useStore((state) => state.rooms[message.conversation_id]?.server_id ?? null);
  const serverName = useStore((state) => state.servers[serverId ?? '']?.name);
  const place = useStore((state) => placeName(state, message.conversation_id));
  const name = useStore((state) => nameIn(state, message.author_id, serverId));
  const picture = useStore((state) => state.users[message.author_id]?.picture);
  return (
    <button
      type="button"
      data-stop
      data-hit={message.id}
      aria-current={isVisited || undefined}
      onClick={() => go(message)}
      className={cx(
        'flex w-full gap-2.5 rounded-md px-2 py-2 text-left',
        isVisited ? 'bg-accent-soft' : 'hover:bg-hover',
      )}
    >
      <Avatar name={name} picture={picture} size="sm" className="mt-0.5" />
      <span className="min-w-0 grow">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 truncate font-semibold text-sm">{name}</span>
          <time
            dateTime={new Date(message.created_at).toISOString()}
            title={exactTime(message.created_at)}
            className="ml-auto shrink-0 text-faint text-xs tabular-nums"
          >
            {stampTime(message.created_at)}
          </time>
        </span>
        {(isPlaceShown || isLocal) && (
          <span className="flex items-center gap-1 text-muted text-xs">
            {isPlaceShown && (
              <span className="truncate">
                {serverId === null ? t`in ${place}` : `#${place} · ${serverName}`}
              </span>
            )}
            {isPlaceShown && isLocal && <span aria-hidden>·</span>}
            {isLocal && (
              <span className="inline-flex shrink-0 items-center gap-1">
                <LockKeyhole size={11} aria-hidden />
                {t`on this device`}
              </span>
            )}
          </span>
        )}
        <span className="line-clamp-4 text-sm">
          <Fragments fragments={fragments} />
        </span>
      </span>
    </button>
  );
}

function Fragments({ fragments }: { fragments: Fragment[] }) {
  return fragments.map(({ text, is_hit }, index) => {
    const written = decodeMentions(text, (piece) => writtenMention(store.getState(), piece));
    return is_hit ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have only their order
      <mark key={index} className="rounded-sm bg-warn-soft px-px font-semibold text-warn-text">
        {written}
      </mark>
    ) : (
      written
    );
  });
}
