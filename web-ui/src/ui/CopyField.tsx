import { useLingui } from '@lingui/react/macro';
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from './IconButton';
import { TextField } from './TextField';
import { toasts } from './toasts';

interface CopyFieldProps {
  label: string;
  value: string;
  hint?: string;
}

/** A text to be handed on: can be copied with one press, or selected by hand. */
export function CopyField({ label, value, hint }: CopyFieldProps) {
  const { t } = useLingui();
  const [copied, setCopied] = useState(false);

  async function copy() {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
    } catch {
      toasts.error(t`The browser did not allow copying. Select the text and copy it by hand.`);
    }
  }

  return (
    <TextField
      label={label}
      value={value}
      hint={hint}
      readOnly
      onFocus={(event) => event.target.select()}
      trailing={
        <IconButton
          size="sm"
          label={copied ? t`Copied` : t`Copy`}
          icon={
            copied ? (
              <Check size={16} aria-hidden className="text-good-text" />
            ) : (
              <Copy size={16} aria-hidden />
            )
          }
          onClick={() => void copy()}
        />
      }
    />
  );
}
