import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { User } from '../api/types';
import { paths } from '../app/paths';
import { useEncryption } from '../encryption/engine';
import { EncryptionError } from '../encryption/model';
import { startPlainTalk, startTalk } from '../encryption/talk';
import { encryptionText } from '../encryption/texts';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextField } from '../ui/TextField';
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
  /** Somebody chosen can't receive encrypted messages. */
  const [isUnready, setUnready] = useState(false);
  const isPlain = useEncryption(({ phase }) => phase === 'unsupported');
  const [, navigate] = useLocation();
  const me = useStore((store) => store.me?.user.id ?? '');
  const most = useStore((store) => store.instance?.limits.group_size ?? Number.POSITIVE_INFINITY);
  const isGroup = chosen.length > 1;
  const isTooMany = chosen.length + 1 > most;

  const start = async (talk: typeof startTalk) => {
    setState({ isBusy: true, error: null });
    setUnready(false);
    try {
      const ids = chosen.map(({ id }) => id);
      const conversationId = await talk(ids, name.trim());
      onClose();
      navigate(paths.conversation(conversationId));
    } catch (error) {
      setUnready(error instanceof EncryptionError && error.code === 'no_keys');
      setState({ isBusy: false, error: encryptionText(error) });
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
            onClick={() => void start(startTalk)}
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
      {isUnready && (
        <div className="mt-2 flex flex-wrap items-center gap-2 text-sm">
          <p className="min-w-48 grow basis-0 text-muted">
            {t`Without encryption the node and whoever runs it can read along.`}
          </p>
          <Button size="sm" busy={state.isBusy} onClick={() => void start(startPlainTalk)}>
            {t`Start without encryption`}
          </Button>
        </div>
      )}
      {isPlain && (
        <p className="mt-2 text-muted text-sm">
          {t`This browser can't do encryption, so the node will be able to read this conversation.`}
        </p>
      )}
    </Dialog>
  );
}
