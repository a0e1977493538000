import { useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import type { Reply } from '../api/types';
import { plainText } from '../lib/markdown';
import { decodeMentions } from '../lib/mentions';
import { nameIn } from '../state/selectors';
import { store, useStore } from '../state/store';
import { useUsers } from '../state/users';
import { Avatar } from '../ui/Avatar';
import { writtenMention } from './completions';
import { usePlace } from './place';

/** The message that is answered, in one line; leads there. */
export function ReplyQuote({ reply }: { reply: Reply }) {
  const { t } = useLingui();
  const { serverId, timeline } = usePlace();
  useUsers([reply.author_id]);
  const name = useStore((state) => nameIn(state, reply.author_id, serverId));
  const picture = useStore((state) => state.users[reply.author_id]?.picture);
  const excerpt = useMemo(
    () =>
      reply.excerpt === null
        ? null
        : plainText(decodeMentions(reply.excerpt, (piece) => writtenMention(store.getState(), piece))),
    [reply.excerpt],
  );
  const text = excerpt ?? t`Message deleted`;
  return (
    <button
      type="button"
      aria-label={t`In reply to ${name}: ${text}`}
      onClick={() => void timeline.jumpTo(reply.seq)}
      className="mb-0.5 flex max-w-full items-center gap-1.5 text-left text-muted text-sm hover:text-ink"
    >
      <span
        aria-hidden
        className="ml-[-1.1rem] h-2.5 w-4 shrink-0 translate-y-1 rounded-tl-md border-edge border-t border-l"
      />
      <Avatar name={name} picture={picture} size="xs" />
      <span className="shrink-0 font-medium">{name}</span>
      <span className="truncate">{text}</span>
    </button>
  );
}
