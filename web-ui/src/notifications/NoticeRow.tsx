import { Trans, useLingui } from '@lingui/react/macro';
import { AtSign, Reply, SmilePlus, UserPlus } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import type { Notice } from '../api/types';
import { plainText } from '../lib/markdown';
import { decodeMentions } from '../lib/mentions';
import { exactTime, stampTime } from '../lib/time';
import { writtenMention } from '../messages/completions';
import { nameIn, placeName } from '../state/selectors';
import { store, useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { Emoji } from '../ui/Emoji';

const icons: Record<Notice['kind'], ReactNode> = {
  mention: <AtSign size={12} aria-hidden />,
  reply: <Reply size={12} aria-hidden />,
  reaction: <SmilePlus size={12} aria-hidden />,
  added: <UserPlus size={12} aria-hidden />,
};

/** One line of what concerned the user: who did what where, and the beginning of the message. */
export function NoticeRow({ notice, open }: { notice: Notice; open: () => void }) {
  const { t } = useLingui();
  const { kind, by_id, conversation_id, created_at, emoji, excerpt, is_read } = notice;
  const serverId = useStore((state) => state.rooms[conversation_id]?.server_id ?? null);
  const server = useStore((state) => state.servers[serverId ?? '']?.name);
  const place = useStore((state) => placeName(state, conversation_id));
  const name = useStore((state) => nameIn(state, by_id, serverId));
  const picture = useStore((state) => state.users[by_id]?.picture);
  const text = useMemo(
    () => plainText(decodeMentions(excerpt ?? '', (piece) => writtenMention(store.getState(), piece))),
    [excerpt],
  );
  return (
    <button
      type="button"
      onClick={open}
      className={`flex w-full gap-2.5 rounded-md px-2 py-2 text-left hover:bg-hover ${is_read ? '' : 'bg-accent-soft'}`}
    >
      <span className="relative h-fit shrink-0">
        <Avatar name={name} picture={picture} size="sm" className="mt-0.5" />
        <span className="right-0 -bottom-1 absolute grid size-4.5 place-items-center rounded-full border border-line bg-raised text-muted">
          {icons[kind]}
        </span>
      </span>
      <span className="min-w-0 grow">
        <span className="flex items-baseline gap-2 text-sm">
          <span className="min-w-0 grow">
            {!is_read && <span className="sr-only">{t`Not read:`} </span>}
            {kind === 'mention' && (
              <Trans>
                <b>{name}</b> mentioned you
              </Trans>
            )}
            {kind === 'reply' && (
              <Trans>
                <b>{name}</b> replied to you
              </Trans>
            )}
            {kind === 'reaction' && (
              <Trans>
                <b>{name}</b> reacted <Emoji code={emoji ?? ''} />
              </Trans>
            )}
            {kind === 'added' && (
              <Trans>
                <b>{name}</b> added you to a group
              </Trans>
            )}
          </span>
          <time
            dateTime={new Date(created_at).toISOString()}
            title={exactTime(created_at)}
            className="shrink-0 text-muted text-xs tabular-nums"
          >
            {stampTime(created_at)}
          </time>
        </span>
        <span className="block truncate text-muted text-xs">
          {serverId === null ? t`in ${place}` : `#${place} · ${server}`}
        </span>
        {text && <span className="line-clamp-4 text-sm">{text}</span>}
      </span>
    </button>
  );
}
