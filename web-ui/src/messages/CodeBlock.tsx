import { useLingui } from '@lingui/react/macro';
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../ui/IconButton';

const COPIED_MS = 1_500;

export function CodeBlock({ code, language }: { code: string; language: string | null }) {
  const { t } = useLingui();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <div className="group/code relative my-1 max-w-3xl">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <pre tabIndex={0} data-language={language ?? undefined}>
        <code>{code}</code>
      </pre>
      <div className="absolute top-1 right-1 opacity-0 focus-within:opacity-100 group-hover/code:opacity-100">
        <IconButton
          size="sm"
          label={isCopied ? t`Copied` : t`Copy code`}
          icon={isCopied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          onClick={() => void copy().catch(() => undefined)}
        />
      </div>
    </div>
  );
}
