// Whether the browser trusts the node. It has no question for that, but it refuses to fetch the script of a
// service worker over a certificate that it does not trust, whatever the person clicked to come here.
import { workerUrl } from '../lib/trusted-types';

export type Trust = 'unknown' | 'trusted' | 'untrusted' | 'insecure';

let state: Trust = globalThis.isSecureContext === false ? 'insecure' : 'unknown';
let asked = false;
const listeners = new Set<() => void>();

export const trust = {
  getSnapshot: (): Trust => state,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    void find();
    return () => listeners.delete(listener);
  },
};

async function find(): Promise<void> {
  if (asked || state === 'insecure') return;
  asked = true;
  state = await probe();
  for (const listener of listeners) listener();
}

async function probe(): Promise<Trust> {
  // Plain HTTP that the browser counts as secure is this machine itself.
  if (location.protocol === 'http:' || !navigator.serviceWorker) return 'trusted';
  const script = workerUrl(new URL('/trust/probe.js', location.href));
  try {
    const registration = await navigator.serviceWorker.register(script, { scope: '/trust/' });
    await registration.unregister();
    return 'trusted';
  } catch (error) {
    // Only the certificate makes a security error; a missing script or a private window does not.
    return error instanceof DOMException && error.name === 'SecurityError' ? 'untrusted' : 'trusted';
  }
}
