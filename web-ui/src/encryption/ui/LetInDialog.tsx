import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { FormError } from '../../ui/FormError';
import { TextField } from '../../ui/TextField';
import { toasts } from '../../ui/toasts';
import { encryption, useEncryption } from '../engine';
import { EncryptionError } from '../model';
import { DeviceKindName } from './device-names';
import { Scanner } from './Scanner';
import { useAct } from './use-act';

interface LetInDialogProps {
  /** The request that was answered; without it the newest one. */
  request?: string;
  onClose: () => void;
}

/** On a device that reads already: lets a new one in by the code that it shows. */
export function LetInDialog({ request, onClose }: LetInDialogProps) {
  const { t } = useLingui();
  const pairings = useEncryption((state) => state.pairings);
  const asked = pairings.find(({ id }) => id === request) ?? pairings.at(-1);
  const [code, setCode] = useState('');
  const act = useAct();

  const answer = async (text: string) => {
    const isDone = await act.run(async () => {
      const id = await requestOf(text, asked?.id);
      if (!(await encryption.checkPairing(id, text))) throw new EncryptionError('wrong_code');
      await encryption.answerPairing(id, text);
    });
    if (!isDone) return;
    toasts.info(t`The new device can read your messages now.`);
    onClose();
  };

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Let a new device in`}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (code.trim() !== '') void answer(code.trim());
        }}
      >
        <p className="text-sm">
          {asked ? (
            <Trans>
              <DeviceKindName kind={asked.kind} /> asks to read your messages. Only go on if you are sitting
              in front of it: scan or type the code that it shows.
            </Trans>
          ) : (
            <Trans>
              Sign in on the new device and choose “With another device” there. Then scan or type the code
              that it shows.
            </Trans>
          )}
        </p>
        <Scanner onRead={(text) => void answer(text)} />
        <TextField
          label={t`Code from the new device`}
          placeholder="ABCD-EFGH-JKMN-PQRS"
          value={code}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          className="[&_input]:font-mono"
          onChange={(event) => setCode(event.target.value)}
        />
        <FormError text={act.error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={act.busy !== null} disabled={code.trim() === ''}>
            {t`Let it in`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** A scanned link names its request itself. */
async function requestOf(text: string, asked: string | undefined): Promise<string> {
  if (text.startsWith('snug-pair:')) {
    const checked = await encryption.checkLink(text);
    if (checked.kind === 'device') return checked.request;
  }
  if (asked === undefined) throw new EncryptionError('wrong_code');
  return asked;
}
