import { type ReactElement, type SyntheticEvent, useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { cx } from './cx';
import { Kbd } from './Kbd';

type Side = 'top' | 'right' | 'bottom' | 'left';

interface TooltipProps {
  label: string;
  shortcut?: string | undefined;
  side?: Side | undefined;
  /** The control that it explains. */
  children: ReactElement;
}

const WAIT_MS = 450;
const GAP = 6;

const shifts: Record<Side, string> = {
  top: '-translate-x-1/2 -translate-y-full',
  bottom: '-translate-x-1/2',
  left: '-translate-x-full -translate-y-1/2',
  right: '-translate-y-1/2',
};

/**
 * A short text on hover and on keyboard focus. It only repeats or adds to the control's own name, so it is
 * hidden from screen readers. Written here and not taken from Radix: sign-in needs it, and there it would
 * bring a positioning library four times as heavy as the page.
 */
export function Tooltip({ label, shortcut, side = 'top', children }: TooltipProps) {
  const [at, setAt] = useState<{ x: number; y: number; side: Side } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function show(event: SyntheticEvent<HTMLElement>, wait: number) {
    const control = event.currentTarget.firstElementChild;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => control?.isConnected && setAt(place(control, side)), wait);
  }

  function hide() {
    clearTimeout(timer.current);
    setAt(null);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only watches the control inside
    <span
      className="contents"
      onPointerEnter={(event) => event.pointerType === 'mouse' && show(event, WAIT_MS)}
      onPointerLeave={hide}
      onPointerDown={hide}
      onFocus={(event) => event.target.matches(':focus-visible') && show(event, 0)}
      onBlur={hide}
      onKeyDown={(event) => event.key === 'Escape' && hide()}
    >
      {children}
      {at &&
        createPortal(
          <span
            aria-hidden
            style={{ left: at.x, top: at.y }}
            className={cx(
              'pointer-events-none fixed z-50 flex w-max max-w-64 animate-appear items-center gap-2 rounded-md bg-ink px-2 py-1 text-canvas text-xs shadow-float pointer-coarse:hidden',
              shifts[at.side],
            )}
          >
            {label}
            {shortcut && <Kbd keys={shortcut} inverted />}
          </span>,
          document.body,
        )}
    </span>
  );
}

/** Beside the control, on the other side where the window ends, and never over the window's edge. */
function place(control: Element, wanted: Side) {
  const { left, right, top, bottom } = control.getBoundingClientRect();
  const side =
    wanted === 'top' && top < 40
      ? 'bottom'
      : wanted === 'bottom' && bottom > innerHeight - 40
        ? 'top'
        : wanted;
  const clamp = (x: number) => Math.min(Math.max(x, 72), innerWidth - 72);
  switch (side) {
    case 'top':
      return { side, x: clamp((left + right) / 2), y: top - GAP };
    case 'bottom':
      return { side, x: clamp((left + right) / 2), y: bottom + GAP };
    case 'left':
      return { side, x: left - GAP, y: (top + bottom) / 2 };
    case 'right':
      return { side, x: right + GAP, y: (top + bottom) / 2 };
  }
}
