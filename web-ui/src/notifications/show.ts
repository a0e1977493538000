// Notifications that the page shows by itself, in the same place and by the same name as those of push messages.
import type { Id } from '../api/types';

export interface Shown {
  /** The conversation: a newer one takes the place of the one before. */
  tag: Id;
  /** Where it leads. */
  url: string;
  title: string;
  body: string;
}

async function registration(): Promise<ServiceWorkerRegistration | undefined> {
  return navigator.serviceWorker?.getRegistration().catch(() => undefined);
}

/** By the service worker, which answers to the click also when this page is gone; without one by the page. */
export async function show({ tag, url, title, body }: Shown): Promise<void> {
  const options = { tag, body, icon: '/icons/icon-192.png', data: { url }, silent: true };
  const here = await registration();
  if (here?.active) {
    await here.showNotification(title, options);
    return;
  }
  const shown = new Notification(title, options);
  shown.onclick = () => {
    window.focus();
    shown.close();
    history.pushState(null, '', url);
  };
}

/** The conversation was read: nothing of it is new any more. */
export async function closeShown(tag: Id): Promise<void> {
  for (const shown of (await (await registration())?.getNotifications({ tag })) ?? []) shown.close();
}
