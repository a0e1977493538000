import { Users } from 'lucide-react';
import type { Conversation } from '../api/types';
import { conversationName, otherOf } from '../state/selectors';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';

/** The other person with presence, or a group's picture. */
export function ConversationAvatar({
  conversation,
  size = 'sm',
}: {
  conversation: Conversation;
  size?: 'sm' | 'md';
}) {
  const other = useStore((state) => otherOf(conversation, state.me?.user.id));
  const user = useStore((state) => (other ? state.users[other] : undefined));
  const presence = useStore((state) => (other ? state.presence[other]?.presence : undefined));
  const name = useStore((state) => conversationName(state, conversation));
  if (conversation.kind === 'group' && !conversation.picture) {
    return (
      <span
        aria-hidden
        className={`grid shrink-0 place-items-center rounded-full bg-accent-soft text-accent-text ${size === 'sm' ? 'size-8' : 'size-10'}`}
      >
        <Users size={size === 'sm' ? 16 : 20} />
      </span>
    );
  }
  return (
    <Avatar
      name={name}
      picture={user ? user.picture : conversation.picture}
      presence={user ? (presence ?? 'offline') : null}
      size={size}
    />
  );
}
