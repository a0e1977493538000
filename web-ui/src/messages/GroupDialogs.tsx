import { useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import type { Conversation, User } from '../api/types';
import { encryption, useEncryption } from '../encryption/engine';
import { encryptionText } from '../encryption/texts';
import { edge } from '../state/edge';
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
  const encrypted = useEncryption((state) => state.conversations[conversation.id]);
  const [name, setName] = useState(encrypted?.name ?? conversation.name ?? '');
  return (
    <SaveDialog
      title={t`Rename group`}
      save={t`Save`}
      onClose={onClose}
      onSave={() =>
        edge.isEncrypted(conversation.id)
          ? encryption.rename(conversation.id, name.trim())
          : renameGroup(conversation.id, name.trim()).then(remember.conversation)
      }
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
  const encrypted = useEncryption((state) => state.conversations[conversation.id]);
  const inside = (encrypted?.members ?? conversation.participants).map(({ user_id }) => user_id);
  const isTooMany = inside.length + chosen.length > most;
  return (
    <SaveDialog
      title={t`Add people`}
      save={t`Add`}
      isDisabled={chosen.length === 0 || isTooMany}
      onClose={onClose}
      onSave={() => {
        const ids = chosen.map((user) => user.id);
        return edge.isEncrypted(conversation.id)
          ? encryption.addPeople(conversation.id, ids)
          : addToGroup(conversation.id, ids).then(remember.conversation);
      }}
    >
      <PeoplePicker chosen={chosen} onChange={setChosen} without={inside} />
      {encrypted && (
        <p className="mt-2 text-muted text-sm">
          {encrypted.history === 'shared'
            ? t`They can also read earlier messages.`
            : t`They can read only what is written from now on.`}
        </p>
      )}
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
  onSave: () => Promise<void>;
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
      await onSave();
      onClose();
    } catch (error) {
      setState({ isBusy: false, error: encryptionText(error) });
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
