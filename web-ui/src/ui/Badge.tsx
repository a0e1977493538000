import type { ReactNode } from 'react';
import { cx } from './cx';

const tones = {
  neutral: 'bg-pressed text-ink',
  accent: 'bg-accent text-accent-ink',
  soft: 'bg-accent-soft text-accent-text',
  danger: 'bg-danger text-danger-ink',
  warn: 'bg-warn-soft text-warn-text',
  good: 'bg-good-soft text-good-text',
};

interface BadgeProps {
  tone?: keyof typeof tones;
  /** What a screen reader says in place of the content, such as "3 mentions". */
  label?: string;
  className?: string;
  children: ReactNode;
}

export function Badge({ tone = 'neutral', label, className, children }: BadgeProps) {
  return (
    <span
      className={cx(
        'inline-flex min-w-5 items-center justify-center gap-1 whitespace-nowrap rounded-full px-1.5 font-semibold text-xs leading-5',
        tones[tone],
        className,
      )}
    >
      {label ? (
        <>
          <span aria-hidden>{children}</span>
          <span className="sr-only">{label}</span>
        </>
      ) : (
        children
      )}
    </span>
  );
}
