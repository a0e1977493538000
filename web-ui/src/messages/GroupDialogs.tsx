import { useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { errorText } from '../api/errors';
import type { Conversation, User } from '../api/types';
import { remember } from '../state/load';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextField } from '../ui/TextField';
import { addToGroup, renameGroup } from './api';
import { PeoplePicker } from './PeoplePicker';

interface GroupDialogProps {
  conversation: Conversation;
  onClose: () => void;
}

export function RenameGroup({ conversation, onClose }: GroupDialogProps) {
  const { t } = useLingui();
  const [name, setName] = useState(conversation.name ?? '');
  return (
    <SaveDialog
      title={t`Rename group`}
      save={t`Save`}
      onClose={onClose}
      onSave={() => renameGroup(conversation.id, name.trim())}
    >
      <TextField
        label={t`Name of the group`}
        value={name}
        maxLength={80}
        onChange={(event) => setName(event.target.value)}
      />
    </SaveDialog>
  );
}

export function AddToGroup({ conversation, onClose }: GroupDialogProps) {
  const { t } = useLingui();
  const [chosen, setChosen] = useState<User[]>([]);
  const most = useStore((state) => state.instance?.limits.group_size ?? Number.POSITIVE_INFINITY);
  const isTooMany = conversation.participants.length + chosen.length > most;
  return (
    <SaveDialog
      title={t`Add people`}
      save={t`Add`}
      isDisabled={chosen.length === 0 || isTooMany}
      onClose={onClose}
      onSave={() =>
        addToGroup(
          conversation.id,
          chosen.map((user) => user.id),
        )
      }
    >
      <PeoplePicker
        chosen={chosen}
        onChange={setChosen}
        without={conversation.participants.map(({ user_id }) => user_id)}
      />
      {isTooMany && (
        <p
          role="alert"
          className="mt-2 text-danger-text text-sm"
        >{t`A group holds at most ${most} people.`}</p>
      )}
    </SaveDialog>
  );
}

interface SaveDialogProps {
  title: string;
  save: string;
  isDisabled?: boolean;
  onClose: () => void;
  onSave: () => Promise<Conversation>;
  children: ReactNode;
}

function SaveDialog({ title, save, isDisabled, onClose, onSave, children }: SaveDialogProps) {
  const { t } = useLingui();
  const [state, setState] = useState<{ isBusy: boolean; error: string | null }>({
    isBusy: false,
    error: null,
  });
  const submit = async () => {
    setState({ isBusy: true, error: null });
    try {
      remember.conversation(await onSave());
      onClose();
    } catch (error) {
      setState({ isBusy: false, error: errorText(error) });
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {children}
        {state.error && (
          <p role="alert" className="mt-2 text-danger-text text-sm">
            {state.error}
          </p>
        )}
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={state.isBusy} disabled={isDisabled ?? false}>
            {save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
