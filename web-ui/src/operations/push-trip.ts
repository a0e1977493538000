// The way of a push message, whole: from the node by this browser's push service to its service worker.
import { errorText } from '../api/errors';
import { testPush } from '../notifications/api';
import { pushState } from '../notifications/push';

/** `ms`: how long it was on its way; `why`: what kept it from leaving. */
export type PushTrip =
  | { outcome: 'back'; ms: number }
  | { outcome: 'lost' }
  | { outcome: 'refused'; why: string };

/** Push services mostly take less than a second. */
const PATIENCE_MS = 20_000;

/** Sends this browser a push message and waits for it; `null` where it has not asked for any. */
export async function pushTrip(): Promise<PushTrip | null> {
  if ((await pushState().catch(() => 'off')) !== 'on') return null;
  const { serviceWorker } = navigator;
  const begun = performance.now();
  const { promise, resolve } = Promise.withResolvers<PushTrip>();
  const heard = ({ data }: MessageEvent<{ type?: unknown } | null>) => {
    if (data?.type === 'tried') resolve({ outcome: 'back', ms: performance.now() - begun });
  };
  serviceWorker.addEventListener('message', heard);
  const waiting = setTimeout(() => resolve({ outcome: 'lost' }), PATIENCE_MS);
  testPush().catch((error) => resolve({ outcome: 'refused', why: errorText(error) }));
  const trip = await promise;
  clearTimeout(waiting);
  serviceWorker.removeEventListener('message', heard);
  return trip;
}
