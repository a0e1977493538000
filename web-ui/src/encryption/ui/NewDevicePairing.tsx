import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Button } from '../../ui/Button';
import { FormError } from '../../ui/FormError';
import { Spinner } from '../../ui/Spinner';
import { encryption } from '../engine';
import type { Pairing } from '../model';
import { QrCode } from './QrCode';
import { useAct } from './use-act';

/** On a new device: shows a code that a device of the same person scans or types. */
export function NewDevicePairing() {
  const { t } = useLingui();
  const [pairing, setPairing] = useState<Pairing | null>(null);
  const act = useAct();
  useEffect(() => () => pairing?.cancel(), [pairing]);
  const begin = () => act.run(async () => setPairing(await encryption.beginPairing()));
  if (pairing) return <Waiting pairing={pairing} again={() => void begin()} />;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted text-sm">
        <Trans>
          Take a device on which you read your messages already. It will ask whether the new one is yours, and
          for a code that is shown here.
        </Trans>
      </p>
      <FormError text={act.error} />
      <div>
        <Button
          variant="primary"
          busy={act.busy !== null}
          onClick={() => void begin()}
        >{t`Show a code`}</Button>
      </div>
    </div>
  );
}

function Waiting({ pairing, again }: { pairing: Pairing; again: () => void }) {
  const { t } = useLingui();
  const state = useSyncExternalStore(pairing.subscribe, pairing.getState);
  if (state === 'expired' || state === 'failed') {
    return (
      <div className="flex flex-col gap-3">
        <p role="alert" className="text-sm">
          {state === 'expired' ? (
            <Trans>The code was not used in time.</Trans>
          ) : (
            <Trans>The other device refused, or a wrong code was typed too often.</Trans>
          )}
        </p>
        <div>
          <Button onClick={again}>{t`Show a new code`}</Button>
        </div>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <p className="text-sm">
        <Trans>On your other device, confirm the new one. Then scan this, or type the code:</Trans>
      </p>
      <p className="break-words font-mono font-semibold text-2xl tracking-wide">{pairing.code}</p>
      <div className="w-48">
        <QrCode text={pairing.link} label={t`The same code for the camera of your other device`} />
      </div>
      {state === 'done' ? (
        <p role="status" className="text-good-text text-sm">
          <Trans>Done. Your messages are being opened.</Trans>
        </p>
      ) : (
        <Spinner label={t`Waiting for your other device…`} />
      )}
    </div>
  );
}
