import { useLingui } from '@lingui/react/macro';
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../ui/IconButton';
import { toasts } from '../ui/toasts';

/** The five characters, large, with a button to copy them. */
export function AccessCode({ code, hint }: { code: string; hint?: string }) {
  const { t } = useLingui();
  const [copied, setCopied] = useState(false);

  async function copy() {
    try {
      await navigator.clipboard.writeText(code);
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
    } catch {
      toasts.error(t`The browser did not allow copying. Select the code and copy it by hand.`);
    }
  }

  return (
    <div className="flex flex-col gap-1.5">
      <p className="font-medium text-sm">{t`Access code`}</p>
      <div className="flex items-center justify-between gap-3 rounded-lg border border-line bg-side py-2 pr-2 pl-4">
        <output aria-label={t`Access code`} className="font-mono font-semibold text-3xl tracking-[0.25em]">
          {code}
        </output>
        <IconButton
          label={copied ? t`Copied` : t`Copy code`}
          icon={
            copied ? (
              <Check size={18} aria-hidden className="text-good-text" />
            ) : (
              <Copy size={18} aria-hidden />
            )
          }
          onClick={() => void copy()}
        />
      </div>
      {hint && <p className="text-muted text-sm">{hint}</p>}
    </div>
  );
}
