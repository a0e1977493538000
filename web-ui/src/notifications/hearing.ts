// A message has come while this page is open: a sound, and something to see where nobody looks at it.
import { t } from '@lingui/core/macro';
import type { Id, Message } from '../api/types';
import { plainText } from '../lib/markdown';
import { textOf } from '../messages/commands';
import { pathOf } from '../messages/links';
import { mentionsMe } from '../state/apply';
import { levelOf, nameIn, placeName } from '../state/selectors';
import { type State, store } from '../state/store';
import { device, permission } from './device';
import { isQuiet } from './quiet';
import { show } from './show';
import { chime } from './sound';

/** What comes late (after a time without connection) makes no sound. */
const FRESH_MS = 30_000;
const TEXT_CHARS = 240;

/** Whether somebody wants to be told of a message. */
export function isWorthIt(state: State, message: Message, now: number): boolean {
  const me = state.me?.user.id;
  if (message.author_id === me || now - message.created_at > FRESH_MS) return false;
  if (state.me?.presence === 'dnd' || isQuiet(state.notify.quiet, now)) return false;
  const level = levelOf(state, message.conversation_id);
  if (level === 'mentions') return mentionsMe(state, message) || message.reply?.author_id === me;
  return level === 'all';
}

export function hear(message: Message, { here }: { here(): Id | null }): void {
  const state = store.getState();
  if (!isWorthIt(state, message, Date.now())) return;
  const isInView = document.visibilityState === 'visible' && document.hasFocus();
  if (isInView && here() === message.conversation_id) return;
  if (device.get('sound')) void chime();
  if (!isInView && device.get('desktop') && permission() === 'granted') void show(words(state, message));
}

function words(state: State, message: Message) {
  const id = message.conversation_id;
  const serverId = state.rooms[id]?.server_id ?? null;
  const name = nameIn(state, message.author_id, serverId);
  const text = plainText(textOf(message)).slice(0, TEXT_CHARS) || t`New message`;
  const isDirect = state.conversations[id]?.kind === 'direct';
  const server = serverId === null ? undefined : state.servers[serverId]?.name;
  const place = placeName(state, id);
  return {
    tag: id,
    url: pathOf(message),
    title: isDirect ? name : server ? `#${place} · ${server}` : place,
    body: isDirect ? text : `${name}: ${text}`,
  };
}
