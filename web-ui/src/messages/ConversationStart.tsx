import { Trans } from '@lingui/react/macro';
import { Hash, Lock, Users } from 'lucide-react';
import { conversationName, otherOf } from '../state/selectors';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { usePlace } from './place';

/** Above the first message: where one is. */
export function ConversationStart() {
  const { conversationId } = usePlace();
  const room = useStore((state) => state.rooms[conversationId]);
  const conversation = useStore((state) => state.conversations[conversationId]);
  const name = useStore((state) =>
    conversation ? conversationName(state, conversation) : (room?.name ?? ''),
  );
  const other = useStore((state) => {
    const id = conversation && otherOf(conversation, state.me?.user.id);
    return id ? state.users[id] : undefined;
  });
  return (
    <div className="px-4 pt-8 pb-2">
      {conversation ? (
        <Avatar name={name} picture={other?.picture ?? conversation.picture} size="lg" />
      ) : (
        <span
          aria-hidden
          className="grid size-14 place-items-center rounded-2xl bg-accent-soft text-accent-text"
        >
          {room?.is_private ? <Lock size={26} /> : <Hash size={28} />}
        </span>
      )}
      <h2 className="mt-3 flex items-center gap-2 font-semibold text-2xl">
        {conversation?.kind === 'group' && <Users size={22} aria-hidden />}
        {name}
      </h2>
      <p className="mt-1 max-w-prose text-muted">
        {room && (room.topic || <Trans>This is the beginning of #{name}. Say hello.</Trans>)}
        {conversation?.kind === 'direct' && (
          <Trans>This is the beginning of your conversation with {name}.</Trans>
        )}
        {conversation?.kind === 'group' && <Trans>This is the beginning of the group.</Trans>}
      </p>
    </div>
  );
}
