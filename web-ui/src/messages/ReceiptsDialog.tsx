import { useLingui } from '@lingui/react/macro';
import type { Id, Message } from '../api/types';
import { nameOf } from '../state/selectors';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { Dialog } from '../ui/Dialog';
import { receiptsOf } from './receipts';

/** Who has read a message, and whom it has only reached. */
export function ReceiptsDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useLingui();
  const conversation = useStore((state) => state.conversations[message.conversation_id]);
  if (!conversation) return null;
  const { read, delivered } = receiptsOf(conversation, message.seq, message.author_id);
  const waiting = conversation.participants
    .map((participant) => participant.user_id)
    .filter((id) => id !== message.author_id && !read.includes(id) && !delivered.includes(id));
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Read by`} size="sm">
      <People title={t`Read`} ids={read} />
      <People title={t`Delivered`} ids={delivered} />
      <People title={t`Sent`} ids={waiting} />
    </Dialog>
  );
}

function People({ title, ids }: { title: string; ids: Id[] }) {
  const users = useStore((state) => state.users);
  if (ids.length === 0) return null;
  return (
    <section className="mb-4">
      <h3 className="mb-1 font-semibold text-faint text-xs">{title}</h3>
      <ul>
        {ids.map((id) => (
          <li key={id} className="flex min-h-10 items-center gap-3">
            <Avatar name={nameOf(users[id])} picture={users[id]?.picture} size="sm" />
            {nameOf(users[id])}
          </li>
        ))}
      </ul>
    </section>
  );
}
