import { setIdle } from '../../state/sync';

const IDLE_MS = 5 * 60_000;
const INPUTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** Tells the node when this device has not been touched for a while, and when it is again. */
export function watchIdle(): () => void {
  let timer = setTimeout(() => setIdle(true), IDLE_MS);
  let lastInput = 0;
  const touched = () => {
    const now = Date.now();
    if (now - lastInput < 1_000) return;
    lastInput = now;
    setIdle(false);
    clearTimeout(timer);
    timer = setTimeout(() => setIdle(true), IDLE_MS);
  };
  for (const input of INPUTS) window.addEventListener(input, touched, { passive: true });
  return () => {
    clearTimeout(timer);
    for (const input of INPUTS) window.removeEventListener(input, touched);
  };
}
