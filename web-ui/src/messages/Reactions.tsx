import { useLingui } from '@lingui/react/macro';
import { SmilePlus } from 'lucide-react';
import type { Message, Reaction } from '../api/types';
import { may, nameIn } from '../state/selectors';
import { useStore } from '../state/store';
import { useUsers } from '../state/users';
import { cx } from '../ui/cx';
import { Emoji } from '../ui/Emoji';
import { IconButton } from '../ui/IconButton';
import { Tooltip } from '../ui/Tooltip';
import { toggleReaction } from './commands';
import { usePlace } from './place';

const NAMED = 12;

export function Reactions({ message }: { message: Message }) {
  const { t } = useLingui();
  const place = usePlace();
  const mayReact = useStore((state) => may(state, place.conversationId, 'add_reactions'));
  if (message.reactions.length === 0) return null;
  return (
    <div className="mt-1 flex flex-wrap items-center gap-1">
      {message.reactions.map((reaction) => (
        <ReactionButton
          key={reaction.emoji}
          reaction={reaction}
          mayReact={mayReact}
          toggle={() => void toggleReaction(message, reaction.emoji, place)}
        />
      ))}
      {mayReact && (
        <IconButton
          size="sm"
          label={t`Add reaction`}
          icon={<SmilePlus size={16} aria-hidden />}
          onClick={() => place.pickReaction(message)}
        />
      )}
    </div>
  );
}

function ReactionButton(props: { reaction: Reaction; mayReact: boolean; toggle: () => void }) {
  const { t } = useLingui();
  const { emoji, count, user_ids } = props.reaction;
  const { serverId } = usePlace();
  const isMine = useStore((state) => user_ids.includes(state.me?.user.id ?? ''));
  useUsers(user_ids.slice(0, NAMED));
  const names = useStore((state) =>
    user_ids
      .slice(0, NAMED)
      .map((id) => nameIn(state, id, serverId))
      .join(', '),
  );
  const others = count - Math.min(count, NAMED);
  const who = others > 0 ? t`${names} and ${others} others` : names;
  return (
    <Tooltip label={who}>
      <button
        type="button"
        aria-pressed={isMine}
        aria-label={t`${emoji}, ${count} reactions: ${who}`}
        disabled={!props.mayReact && !isMine}
        onClick={props.toggle}
        className={cx(
          'inline-flex h-7 items-center gap-1.5 rounded-full border px-2 text-sm transition-colors pointer-coarse:h-9 pointer-coarse:px-3',
          isMine
            ? 'border-accent bg-accent-soft text-accent-text'
            : 'border-transparent bg-hover text-muted hover:bg-pressed',
        )}
      >
        <span aria-hidden className="text-base leading-none">
          <Emoji code={emoji} />
        </span>
        <span aria-hidden className="font-medium tabular-nums">
          {count}
        </span>
      </button>
    </Tooltip>
  );
}
