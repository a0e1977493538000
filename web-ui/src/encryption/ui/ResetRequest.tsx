import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { exactTime } from '../../lib/time';
import { encryption, useEncryption } from '../engine';
import { PasswordForm } from './PasswordForm';

/** Timers of browsers can't be longer than some weeks; this one starts again. */
const LONGEST_MS = 3_600_000;

/** The last way: a new beginning without what was before, after a delay in which other devices can stop it. */
export function ResetRequest() {
  const { t } = useLingui();
  const reset = useEncryption((state) => state.reset);
  const [, look] = useState(0);
  useEffect(() => {
    const left = (reset?.readyAt ?? 0) - Date.now();
    if (left <= 0) return;
    const timer = setTimeout(() => look((round) => round + 1), Math.min(left + 100, LONGEST_MS));
    return () => clearTimeout(timer);
  });
  const isReady = reset !== null && reset.readyAt <= Date.now();
  return (
    <div className="flex flex-col gap-4 text-sm">
      <div className="flex flex-col gap-2 text-muted">
        <p>
          <Trans>
            Begin anew if you have lost your other devices, and neither password nor words open your messages.
          </Trans>
        </p>
        <ul className="list-disc space-y-1 pl-5">
          <li>
            <Trans>Encrypted messages from before stay closed for good.</Trans>
          </li>
          <li>
            <Trans>The people you write with see that your security number is new.</Trans>
          </li>
          <li>
            <Trans>
              It takes 24 hours. Until then every device that still has access is told and can stop it, so
              that nobody else can do this in your name.
            </Trans>
          </li>
        </ul>
      </div>
      {reset && !isReady ? (
        <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-warn-text">
          <Trans>
            Asked for. You can begin anew from {exactTime(reset.readyAt)} on. Come back here then.
          </Trans>
        </p>
      ) : (
        <PasswordForm
          variant="danger"
          action={isReady ? t`Begin anew now` : t`Ask for a new beginning`}
          act={(password) => (isReady ? encryption.carryOutReset(password) : encryption.askReset(password))}
        />
      )}
    </div>
  );
}
