// Encryption runs beside the chat: loaded once the state is there, ended with it.
import { store } from '../../state/store';

const RETRY_MS = 3_000;

export function runEncryption(): () => void {
  let isOver = false;
  let stop: (() => void) | null = null;
  const begin = async () => {
    try {
      const { startEncryption, stopEncryption } = await import('../../encryption/runtime');
      if (isOver) return;
      stop = stopEncryption;
      startEncryption();
    } catch {
      // Its code could not be loaded, yet.
      if (!isOver) setTimeout(() => void begin(), RETRY_MS);
    }
  };
  const off = store.subscribe(({ phase }) => {
    if (phase !== 'ready') return;
    off();
    void begin();
  });
  return () => {
    isOver = true;
    off();
    stop?.();
  };
}
