// Follows the branding while somebody is signed in: the instance's emoji, its name, its colours. Loaded after the chat.
import { ownEmoji } from '../lib/own-emoji';
import { store } from '../state/store';
import { socket } from '../state/sync';
import { loadBranding, loadEmoji } from './api';

/** Ends with the function that it answers. */
export function followBranding(): () => void {
  /** As it is shown; empty: not known, yet. */
  let shown = '';
  let isOnline = socket.isOnline;
  let isOver = false;

  async function look(): Promise<void> {
    const { revision, name } = await loadBranding();
    if (isOver || revision === shown) return;
    ownEmoji.setState(await loadEmoji(), true);
    // What the page began with is as new as the page.
    if (shown !== '') dress(revision);
    shown = revision;
    store.setState(({ instance }) => ({ instance: instance && { ...instance, name } }));
  }
  const update = () => void look().catch(() => undefined);

  const ends = [
    // Every new connection may come after a change.
    socket.subscribe(() => {
      if (socket.isOnline && !isOnline) update();
      isOnline = socket.isOnline;
    }),
    store.subscribe((state, before) => {
      if (state.branding !== before.branding && state.branding !== shown) update();
    }),
  ];
  update();
  return () => {
    isOver = true;
    for (const end of ends) end();
    ownEmoji.setState({}, true);
  };
}

/** Loads the style sheets anew. The ones before stay until the new ones are there, or the page would flash. */
function dress(revision: string): void {
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')) {
    const path = link.getAttribute('href')?.split('?')[0] ?? '';
    if (path !== '/branding.css' && path !== '/custom.css') continue;
    const href = `${path}?${revision}`;
    if (link.disabled) {
      link.href = href;
      continue;
    }
    const next = link.cloneNode() as HTMLLinkElement;
    next.href = href;
    next.onload = () => link.remove();
    next.onerror = () => next.remove();
    link.after(next);
  }
}
