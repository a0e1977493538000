import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx';
import { Spinner } from './Spinner';

const variants = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-hover',
  secondary: 'border border-edge bg-raised text-ink hover:bg-hover',
  ghost: 'text-ink hover:bg-hover active:bg-pressed',
  danger: 'bg-danger text-danger-ink hover:bg-danger-hover',
};
const sizes = {
  sm: 'min-h-8 px-3 text-sm',
  md: 'min-h-10 px-4',
  lg: 'min-h-11 px-5 text-base',
};

export interface ButtonProps extends ComponentProps<'button'> {
  variant?: keyof typeof variants;
  size?: keyof typeof sizes;
  /** Something is under way: shows a spinner, keeps the focus, ignores presses. */
  busy?: boolean;
  icon?: ReactNode;
}

export function Button({
  variant = 'secondary',
  size = 'md',
  busy,
  icon,
  className,
  children,
  onClick,
  type,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type ?? 'button'}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={cx(
        'inline-flex shrink-0 select-none items-center justify-center gap-2 rounded-md font-medium transition-colors',
        'disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-progress pointer-coarse:min-h-11',
        variants[variant],
        sizes[size],
        className,
      )}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}
