import { useLingui } from '@lingui/react/macro';
import { Check, Copy } from 'lucide-react';
import { useRef, useState } from 'react';
import { cx } from '../ui/cx';
import { IconButton } from '../ui/IconButton';
import { codeLanguage } from './code-languages';
import { useHighlighted } from './use-highlighted';

const COPIED_MS = 1_500;

/** A fenced block: its language, a button that copies it, and colours where the language is known. */
export function CodeBlock({ code, language }: { code: string; language: string | null }) {
  const { t } = useLingui();
  const box = useRef<HTMLPreElement>(null);
  const [isCopied, setCopied] = useState(false);
  const highlighted = useHighlighted(box, codeLanguage(language), code);
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <div className="group/code relative my-1 max-w-3xl">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <pre ref={box} tabIndex={0} className={cx(language && '!pt-8')}>
        <code>{highlighted ?? code}</code>
      </pre>
      {language && (
        <span className="absolute top-1.5 left-3 max-w-40 truncate text-faint text-xs">{language}</span>
      )}
      <div className="absolute top-1 right-1 opacity-0 focus-within:opacity-100 group-hover/code:opacity-100 pointer-coarse:opacity-100">
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
