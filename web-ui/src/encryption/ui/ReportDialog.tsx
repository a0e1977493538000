import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { Message } from '../../api/types';
import { nameOf } from '../../state/selectors';
import { useStore } from '../../state/store';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { FormError } from '../../ui/FormError';
import { TextArea } from '../../ui/TextArea';
import { toasts } from '../../ui/toasts';
import { encryption } from '../engine';
import { useAct } from './use-act';

const LONGEST = 500;

/** Shows one message to the moderators, with proof who wrote it. */
export function ReportDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useLingui();
  const [reason, setReason] = useState('');
  const name = useStore((state) => nameOf(state.users[message.author_id]));
  const act = useAct();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Report this message`} size="sm">
      <form
        className="flex flex-col gap-4"
        onSubmit={async (event) => {
          event.preventDefault();
          if (reason.trim() === '') return;
          if (!(await act.run(() => encryption.report([message], reason.trim())))) return;
          toasts.info(t`Reported. The moderators of this node will look at it.`);
          onClose();
        }}
      >
        <blockquote className="line-clamp-4 border-edge border-l-2 pl-3 text-sm">
          <span className="font-medium">{name}: </span>
          {message.content?.text}
        </blockquote>
        <p className="text-muted text-sm">
          <Trans>
            The moderators of this node get to read this one message, with proof that {name} wrote it, and
            your reason. Everything else in this conversation stays closed to them. {name} is not told who
            reported it.
          </Trans>
        </p>
        <TextArea
          label={t`Why do you report it?`}
          value={reason}
          maxLength={LONGEST}
          onChange={(event) => setReason(event.target.value)}
        />
        <FormError text={act.error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="danger" busy={act.busy !== null} disabled={reason.trim() === ''}>
            {t`Report`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
