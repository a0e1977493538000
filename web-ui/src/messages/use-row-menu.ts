import { type MouseEvent, type PointerEvent, useRef, useState } from 'react';
import type { Message } from '../api/types';
import { usePlace } from './place';

const LONG_PRESS_MS = 450;
const SLOP_PX = 10;

/** Finds the message under a right click (for the context menu) or a long press (for the sheet). */
export function useRowMenu() {
  const { timeline } = usePlace();
  const [message, setMessage] = useState<Message | null>(null);
  const [pressed, setPressed] = useState<Message | null>(null);
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const pointer = useRef('mouse');

  const messageAt = (target: EventTarget): Message | undefined => {
    const row = target instanceof Element ? target.closest('[data-seq]') : null;
    const seq = Number(row?.getAttribute('data-seq'));
    return timeline.getSnapshot().messages.find((one) => one.seq === seq);
  };

  const endPress = () => {
    clearTimeout(press.current?.timer);
    press.current = null;
  };

  const onContextMenu = (event: MouseEvent) => {
    const found = messageAt(event.target);
    const isTouch = pointer.current === 'touch';
    const isBrowsers = isLinkOrSelection(event.target) || !found;
    // The menu's trigger is around this element: what it must not open for stops here.
    if (isTouch || isBrowsers) event.stopPropagation();
    if (isTouch && found) event.preventDefault();
    if (!isTouch && !isBrowsers) setMessage(found ?? null);
  };

  const onPointerDown = (event: PointerEvent) => {
    pointer.current = event.pointerType;
    if (event.pointerType !== 'touch') return;
    event.stopPropagation();
    const found = messageAt(event.target);
    if (!found) return;
    const timer = setTimeout(() => {
      endPress();
      navigator.vibrate?.(10);
      swallowClick();
      setPressed(found);
    }, LONG_PRESS_MS);
    press.current = { timer, x: event.clientX, y: event.clientY };
  };

  const onPointerMove = (event: PointerEvent) => {
    const start = press.current;
    if (start && Math.hypot(event.clientX - start.x, event.clientY - start.y) > SLOP_PX) endPress();
  };

  return {
    message,
    pressed,
    closeSheet: () => setPressed(null),
    handlers: {
      onContextMenu,
      onPointerDown,
      onPointerMove,
      onPointerUp: endPress,
      onPointerCancel: endPress,
    },
  };
}

/** Lifting the finger right after the sheet came must not press what came under it. */
function swallowClick(): void {
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  const end = () => window.removeEventListener('click', swallow, true);
  window.addEventListener('click', swallow, { capture: true, once: true });
  window.addEventListener('pointerdown', end, { capture: true, once: true });
}

function isLinkOrSelection(target: EventTarget): boolean {
  const isLink = target instanceof Element && target.closest('a[href]') !== null;
  return isLink || (getSelection()?.toString() ?? '') !== '';
}
