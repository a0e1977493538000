import { Trans, useLingui } from '@lingui/react/macro';
import { ShieldAlert } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { cx } from '../ui/cx';
import { trust } from './trust';

/** Says which features are off where the browser does not trust the way to the node. Nothing when it does. */
export function TrustNotice({ className }: { className?: string }) {
  const { t } = useLingui();
  const state = useSyncExternalStore(trust.subscribe, trust.getSnapshot);
  if (state === 'unknown' || state === 'trusted') return null;
  return (
    <aside
      aria-label={t`Connection notice`}
      className={cx(
        'flex items-start gap-3 rounded-lg bg-warn-soft px-4 py-3 text-sm text-warn-text',
        className,
      )}
    >
      <ShieldAlert aria-hidden size={18} className="mt-0.5 shrink-0" />
      {state === 'insecure' ? (
        <p>
          <Trans>
            This page came without encryption, so the browser turns off cryptography: you can't sign in,
            register, copy with one press or get notifications here. Open the address with https://.
          </Trans>
        </p>
      ) : (
        <p>
          <Trans>
            This browser does not trust the node's certificate yet. Chatting works; installing the app,
            notifications and working offline are off.{' '}
            <a href="/trust" className="font-medium underline underline-offset-2">
              Trust the certificate
            </a>
          </Trans>
        </p>
      )}
    </aside>
  );
}
