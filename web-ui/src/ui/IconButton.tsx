import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx';
import { Tooltip } from './Tooltip';

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label' | 'children'> {
  /** What it does: the accessible name and the tooltip. */
  label: string;
  icon: ReactNode;
  shortcut?: string;
  /** A toggle's state. */
  pressed?: boolean;
  danger?: boolean;
  size?: 'sm' | 'md';
  side?: 'top' | 'right' | 'bottom' | 'left';
}

export function IconButton({
  label,
  icon,
  shortcut,
  pressed,
  danger,
  size = 'md',
  side,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip label={label} shortcut={shortcut} side={side}>
      <button
        type="button"
        {...rest}
        aria-label={label}
        aria-pressed={pressed}
        className={cx(
          'inline-flex shrink-0 items-center justify-center rounded-md transition-colors hover:bg-hover active:bg-pressed',
          'disabled:cursor-not-allowed disabled:opacity-45 pointer-coarse:min-h-11 pointer-coarse:min-w-11',
          size === 'sm' ? 'size-7' : 'size-9',
          danger
            ? 'text-danger-text'
            : pressed
              ? 'bg-accent-soft text-accent-text'
              : 'text-muted hover:text-ink',
          className,
        )}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
