// This browser's subscription to push messages.
import { session } from '../api/session';
import { fromBase64Url } from '../lib/bytes';
import { deletePush, loadPushOffer, putPush } from './api';
import { askPermission, device, permission } from './device';

/**
 * `impossible`: this browser, or the way in which Snug is opened, does not know push messages; `off`: the node sends none;
 * `blocked`: the person, or somebody else, has forbidden this site to show any.
 */
export type PushState = 'on' | 'wanted' | 'off' | 'blocked' | 'impossible';

/** Whose subscription the browser has: another account has to ask anew. */
const OWNER = 'snug.notify.owner';

async function registration(): Promise<ServiceWorkerRegistration | null> {
  if (!navigator.serviceWorker || !('PushManager' in window)) return null;
  return (await navigator.serviceWorker.getRegistration().catch(() => undefined)) ?? null;
}

const isOwn = (): boolean => localStorage.getItem(OWNER) === session.userId;

export async function pushState(): Promise<PushState> {
  const here = await registration();
  if (!here || permission() === 'impossible') return 'impossible';
  if (permission() === 'denied') return 'blocked';
  const offer = await loadPushOffer();
  if (!offer.enabled) return 'off';
  return offer.subscribed && isOwn() && (await here.pushManager.getSubscription()) ? 'on' : 'wanted';
}

/** Asks for permission, then the browser's push service for an address, and gives that to the node. */
export async function switchPushOn(): Promise<void> {
  const here = await registration();
  if (!here || (await askPermission()) !== 'granted') return;
  await subscribe(here);
  device.set('push', true);
}

export async function switchPushOff(): Promise<void> {
  device.set('push', false);
  await deletePush();
  await (await (await registration())?.pushManager.getSubscription())?.unsubscribe();
}

/** At each start: the browser may have another address by now, or the node may have lost it; somebody else's goes. */
export async function renewPush(): Promise<void> {
  const here = await registration();
  if (!here) return;
  if (device.get('push') && permission() === 'granted' && isOwn()) await subscribe(here);
  else if (!isOwn()) await (await here.pushManager.getSubscription())?.unsubscribe();
}

async function subscribe(here: ServiceWorkerRegistration): Promise<void> {
  const { enabled, public_key } = await loadPushOffer();
  if (!enabled) return;
  const applicationServerKey = fromBase64Url(public_key);
  const wanted = { userVisibleOnly: true, applicationServerKey };
  const known = await here.pushManager.getSubscription();
  // One that was made for another key, or another account, brings nothing any more.
  if (known && (!isOwn() || !isSame(known.options.applicationServerKey, applicationServerKey))) {
    await known.unsubscribe();
  }
  await putPush(await here.pushManager.subscribe(wanted));
  localStorage.setItem(OWNER, session.userId ?? '');
}

function isSame(one: ArrayBuffer | null, other: Uint8Array): boolean {
  if (!one || one.byteLength !== other.length) return false;
  return new Uint8Array(one).every((byte, index) => byte === other[index]);
}
