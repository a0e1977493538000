import { Plural, Trans } from '@lingui/react/macro';
import { CloudOff } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useStore } from '../../state/store';
import { socket } from '../../state/sync';

/** As long as a restarted node's devices take to come back. */
const PATIENCE_MS = 3_500;

/** Tells when the node can't be reached. A short gap is not worth a word. */
export function ConnectionBanner() {
  const connection = useSyncExternalStore(socket.subscribe, socket.getSnapshot);
  const isOnline = connection.state === 'online';
  const [isLate, setLate] = useState(false);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (isOnline) {
      setLate(false);
      return;
    }
    const late = setTimeout(() => setLate(true), PATIENCE_MS);
    const tick = setInterval(() => setNow(Date.now()), 1_000);
    return () => {
      clearTimeout(late);
      clearInterval(tick);
    };
  }, [isOnline]);
  const isKept = useStore((state) => state.isKept);
  const isShown = isKept || (!isOnline && isLate);
  const seconds =
    connection.state === 'offline' ? Math.max(0, Math.ceil((connection.retryAt - now) / 1_000)) : 0;
  return (
    <div role="status" className="shrink-0">
      {isShown && (
        <div className="flex min-h-9 flex-wrap items-center justify-center gap-x-3 gap-y-1 bg-warn-soft px-4 py-1 text-sm text-warn-text">
          <CloudOff size={16} aria-hidden />
          <span>
            {isKept ? (
              <Trans>Offline: showing what this device has.</Trans>
            ) : seconds > 0 ? (
              <Trans>
                No connection. Trying again in <Plural value={seconds} one="# second" other="# seconds" />.
              </Trans>
            ) : (
              <Trans>Connecting…</Trans>
            )}
          </span>
          <button
            type="button"
            className="font-medium underline pointer-coarse:min-h-11"
            onClick={socket.reconnect}
          >
            <Trans>Try now</Trans>
          </button>
        </div>
      )}
    </div>
  );
}
