import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { errorText } from '../api/errors';
import type { User } from '../api/types';
import { paths } from '../app/paths';
import { remember } from '../state/load';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextField } from '../ui/TextField';
import { startDirect, startGroup } from './api';
import { PeoplePicker } from './PeoplePicker';

/** One person makes a direct conversation, several a group. */
export function StartConversation({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const [chosen, setChosen] = useState<User[]>([]);
  const [name, setName] = useState('');
  const [state, setState] = useState<{ isBusy: boolean; error: string | null }>({
    isBusy: false,
    error: null,
  });
  const [, navigate] = useLocation();
  const me = useStore((store) => store.me?.user.id ?? '');
  const most = useStore((store) => store.instance?.limits.group_size ?? Number.POSITIVE_INFINITY);
  const isGroup = chosen.length > 1;
  const isTooMany = chosen.length + 1 > most;

  const start = async () => {
    const [first] = chosen;
    if (!first) return;
    setState({ isBusy: true, error: null });
    try {
      const joined = await (isGroup
        ? startGroup(
            chosen.map(({ id }) => id),
            name.trim(),
          )
        : startDirect(first.id));
      remember.joined(joined);
      onClose();
      navigate(paths.conversation(joined.conversation.id));
    } catch (error) {
      setState({ isBusy: false, error: errorText(error) });
    }
  };

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`New conversation`}
      description={t`Choose one person to write to them directly, or several for a group.`}
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            busy={state.isBusy}
            disabled={chosen.length === 0 || isTooMany}
            onClick={() => void start()}
          >
            {isGroup ? t`Create group` : t`Start conversation`}
          </Button>
        </>
      }
    >
      <PeoplePicker chosen={chosen} onChange={setChosen} without={[me]} />
      {isGroup && (
        <TextField
          className="mt-3"
          label={t`Name of the group (optional)`}
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.target.value)}
        />
      )}
      {isTooMany && (
        <p role="alert" className="mt-2 text-danger-text text-sm">
          {t`A group holds at most ${most} people, you included.`}
        </p>
      )}
      {state.error && (
        <p role="alert" className="mt-2 text-danger-text text-sm">
          {state.error}
        </p>
      )}
    </Dialog>
  );
}
