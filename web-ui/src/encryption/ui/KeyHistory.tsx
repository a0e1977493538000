import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { exactTime } from '../../lib/time';
import { useLoad } from '../../lib/use-load';
import { FormError } from '../../ui/FormError';
import { Spinner } from '../../ui/Spinner';
import { encryption } from '../engine';
import type { KeyChange } from '../model';
import { encryptionText } from '../texts';

/** Every change of a key, for those who look for it. */
export function KeyHistory() {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)} className="text-sm">
      <summary className="w-fit rounded-md text-muted">
        <Trans>Details</Trans>
      </summary>
      {isOpen && <Changes />}
    </details>
  );
}

function Changes() {
  const { t } = useLingui();
  const history = useLoad(() => encryption.keyHistory());
  if (history.error) return <FormError text={encryptionText(history.error)} />;
  if (!history.data) return <Spinner label={t`Loading…`} />;
  if (history.data.length === 0) {
    return (
      <p className="pt-2 text-muted">
        <Trans>Nothing has changed yet.</Trans>
      </p>
    );
  }
  return (
    <ol
      aria-label={t`Changes of keys`}
      className="mt-2 flex max-h-80 flex-col overflow-y-auto rounded-lg bg-side p-3"
    >
      {history.data.map((change, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: entries have nothing else to be known by
        <li key={at} className="border-line border-t py-2 first:border-t-0">
          <p className="flex flex-wrap justify-between gap-x-3">
            <span className="font-medium">
              <KindName kind={change.kind} />
            </span>
            <span className="text-muted text-xs">{exactTime(change.at)}</span>
          </p>
          <p className="break-all font-mono text-faint text-xs">
            {change.old ?? '–'} → {change.new ?? '–'} · {change.reason}
          </p>
        </li>
      ))}
    </ol>
  );
}

function KindName({ kind }: { kind: KeyChange['kind'] }) {
  switch (kind) {
    case 'identity':
      return <Trans>Identity</Trans>;
    case 'ik':
      return <Trans>Identity's exchange key</Trans>;
    case 'device':
      return <Trans>Device</Trans>;
    case 'slot':
      return <Trans>Password or words</Trans>;
    case 'history_key':
      return <Trans>History key</Trans>;
    case 'session_key':
      return <Trans>Session key</Trans>;
    case 'signed_prekey':
      return <Trans>Signed prekey</Trans>;
    case 'epoch':
      return <Trans>Conversation's key</Trans>;
    case 'public_id':
      return <Trans>Contact code</Trans>;
    case 'reset':
      return <Trans>New beginning</Trans>;
    default:
      return <>{kind}</>;
  }
}
