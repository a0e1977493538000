import { useLingui } from '@lingui/react/macro';
import { Check, CheckCheck } from 'lucide-react';
import type { Message } from '../api/types';
import { useStore } from '../state/store';
import { cx } from '../ui/cx';
import { usePlace } from './place';
import { receiptOf } from './receipts';

/** How far an own message has come; opens the list of who has read it. */
export function ReceiptTicks({ message }: { message: Message }) {
  const { t } = useLingui();
  const place = usePlace();
  const receipt = useStore((state) =>
    message.author_id === state.me?.user.id
      ? receiptOf(state.conversations[message.conversation_id], message.seq, state.me?.user.id)
      : null,
  );
  if (receipt === null) return null;
  const names = { sent: t`Sent`, delivered: t`Delivered`, read: t`Read` };
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={names[receipt]}
      title={names[receipt]}
      onClick={() => place.showReceipts(message)}
      className={cx('inline-flex p-0.5 align-middle', receipt === 'read' ? 'text-accent-text' : 'text-faint')}
    >
      {receipt === 'sent' ? <Check size={15} aria-hidden /> : <CheckCheck size={15} aria-hidden />}
    </button>
  );
}
