import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '../../api/errors';
import { Button } from '../../ui/Button';
import { toasts } from '../../ui/toasts';
import type { BrandingOrigin } from './api';

interface OriginProps {
  origin: BrandingOrigin;
  /** What it is of, for those who don't see where the button stands. */
  of: string;
  /** Takes the choice back. */
  back: () => Promise<void>;
}

/** Where something comes from, with the way back to what the folder says. */
export function Origin({ origin, of, back }: OriginProps) {
  const { t } = useLingui();
  const [busy, setBusy] = useState(false);
  const names = { default: t`As it comes`, folder: t`From the folder`, chosen: t`Chosen here` };
  async function run() {
    setBusy(true);
    await back().catch((error) => toasts.error(errorText(error)));
    setBusy(false);
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-2 text-muted text-sm">
      {names[origin]}
      {origin === 'chosen' && (
        <Button
          size="sm"
          variant="ghost"
          busy={busy}
          aria-label={t`${of}: take the choice back`}
          onClick={() => void run()}
        >
          {t`Take back`}
        </Button>
      )}
    </span>
  );
}
