// Whether somebody looks at this device: then no other one has to tell them of anything.
import { socket } from '../state/sync';

/** So long after the last touch of a page that is in view. */
const LOOKING_MS = 60_000;
const INPUTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'focus'] as const;

export function watchLooking(): () => void {
  let touchedAt = Date.now();
  let told: boolean | null = null;
  const tell = () => {
    if (!socket.isOnline) {
      // The node forgets it with the connection.
      told = null;
      return;
    }
    const looking = document.visibilityState === 'visible' && Date.now() - touchedAt < LOOKING_MS;
    if (looking === told) return;
    told = looking;
    socket.tell('presence.look', { looking });
  };
  const touched = () => {
    touchedAt = Date.now();
    if (told !== true) tell();
  };
  const timer = setInterval(tell, 10_000);
  const unsubscribe = socket.subscribe(tell);
  for (const input of INPUTS) window.addEventListener(input, touched, { passive: true });
  document.addEventListener('visibilitychange', tell);
  tell();
  return () => {
    clearInterval(timer);
    unsubscribe();
    for (const input of INPUTS) window.removeEventListener(input, touched);
    document.removeEventListener('visibilitychange', tell);
  };
}
