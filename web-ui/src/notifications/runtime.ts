// What runs while somebody is signed in: tells the node whether this device is looked at, shows what comes while it is not,
// and goes where a notification leads.
import { session } from '../api/session';
import type { Id } from '../api/types';
import { live } from '../state/live';
import { store } from '../state/store';
import { socket } from '../state/sync';
import { loadUnread } from './api';
import { hear } from './hearing';
import { watchLooking } from './looking';
import { renewPush } from './push';
import { closeShown } from './show';
import { counted } from './unseen';

export interface Around {
  /** The conversation that is open. */
  here(): Id | null;
  /** Goes to an address of the app. */
  go(path: string): void;
}

/** How long to gather before the number is asked for again. */
const COUNT_MS = 800;

/** Runs until the returned function is called. */
export function run(around: Around): () => void {
  let counting: ReturnType<typeof setTimeout> | undefined;
  let isRenewed = false;
  const count = () => {
    clearTimeout(counting);
    counting = setTimeout(() => void recount().then((isTaken) => isTaken || count()), COUNT_MS);
  };
  const connected = () => {
    if (!socket.isOnline) return;
    count();
    if (isRenewed) return;
    isRenewed = true;
    void renewPush().catch(() => undefined);
  };
  const unlisten = live.listen({
    event: (event) => {
      if (event.ev === 'message.created') hear(event.d, around);
      else if (event.ev === 'read.updated') {
        if (event.d.read_seq >= event.d.last_seq) void closeShown(event.d.conversation_id);
        if (store.getState().unseen > 0) count();
      }
    },
    reload: count,
  });
  const unsubscribe = socket.subscribe(connected);
  connected();
  const endLooking = watchLooking();
  const clicked = (event: MessageEvent<unknown>) => {
    const said = event.data as { type?: unknown; url?: unknown } | null;
    if (said?.type === 'go' && typeof said.url === 'string' && /^\/[cs]\/[\w/-]*$/.test(said.url))
      around.go(said.url);
  };
  navigator.serviceWorker?.addEventListener('message', clicked);
  return () => {
    clearTimeout(counting);
    unlisten();
    unsubscribe();
    endLooking();
    navigator.serviceWorker?.removeEventListener('message', clicked);
  };
}

/** Whether nothing came in between. */
async function recount(): Promise<boolean> {
  if (session.token === null) return true;
  const done = await counted(loadUnread).catch(() => null);
  return done?.isTaken ?? true;
}
