// What can be done with a message. Toolbar, context menu, touch sheet and keyboard all list these.
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import {
  CheckCheck,
  Copy,
  Flag,
  Link,
  MailOpen,
  Pencil,
  Pin,
  PinOff,
  Reply,
  SmilePlus,
  Trash2,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { errorText } from '../api/errors';
import type { Message } from '../api/types';
import { sealedOf } from '../encryption/model';
import { decodeMentions } from '../lib/mentions';
import { may } from '../state/selectors';
import { store } from '../state/store';
import { toasts } from '../ui/toasts';
import { pinMessage, react, unpinMessage, unreact } from './api';
import { writtenMention } from './completions';
import { pathOf } from './links';
import type { Place } from './place';
import { markUnread } from './reading';

export interface MessageCommand {
  id: string;
  name: MessageDescriptor;
  icon: ReactNode;
  /** A key on a focused message. */
  shortcut: string;
  isDangerous?: boolean;
  may(message: Message, place: Place): boolean;
  run(message: Message, place: Place): void;
}

const isOwn = (message: Message) => message.author_id === store.getState().me?.user.id;
const isThere = (message: Message) => message.deleted_at === null && !sealedOf(message)?.unreadable;
/** In a room it takes a permission; in private conversations everybody pins. */
export const mayPin = (place: Pick<Place, 'conversationId' | 'serverId'>) =>
  place.serverId === null || may(store.getState(), place.conversationId, 'manage_messages');
const has = (place: Place, permission: 'send_messages' | 'add_reactions' | 'manage_messages') =>
  may(store.getState(), place.conversationId, permission);

export const messageCommands: MessageCommand[] = [
  {
    id: 'react',
    name: msg`Add reaction`,
    icon: <SmilePlus size={18} aria-hidden />,
    shortcut: '+',
    may: (message, place) => isThere(message) && has(place, 'add_reactions'),
    run: (message, place) => place.pickReaction(message),
  },
  {
    id: 'reply',
    name: msg`Reply`,
    icon: <Reply size={18} aria-hidden />,
    shortcut: 'R',
    may: (message, place) => isThere(message) && has(place, 'send_messages'),
    run: (message, place) => place.composer.reply(message),
  },
  {
    id: 'edit',
    name: msg`Edit`,
    icon: <Pencil size={18} aria-hidden />,
    shortcut: 'E',
    may: (message) => isThere(message) && isOwn(message),
    run: (message, place) => place.composer.edit(message),
  },
  {
    id: 'pin',
    name: msg`Pin`,
    icon: <Pin size={18} aria-hidden />,
    shortcut: 'P',
    may: (message, place) => isThere(message) && message.pinned_at === null && mayPin(place),
    run: (message, place) => void setPinned(message, true, place),
  },
  {
    id: 'unpin',
    name: msg`Unpin`,
    icon: <PinOff size={18} aria-hidden />,
    shortcut: 'P',
    may: (message, place) => isThere(message) && message.pinned_at !== null && mayPin(place),
    run: (message, place) => void setPinned(message, false, place),
  },
  {
    id: 'copy',
    name: msg`Copy text`,
    icon: <Copy size={18} aria-hidden />,
    shortcut: 'C',
    may: isThere,
    run: (message) => copy(textOf(message)),
  },
  {
    id: 'link',
    name: msg`Copy link`,
    icon: <Link size={18} aria-hidden />,
    shortcut: 'L',
    may: isThere,
    run: (message) => copy(location.origin + pathOf(message)),
  },
  {
    id: 'unread',
    name: msg`Mark unread from here`,
    icon: <MailOpen size={18} aria-hidden />,
    shortcut: 'U',
    may: () => true,
    run: (message) => markUnread(message.conversation_id, message.seq),
  },
  {
    id: 'receipts',
    name: msg`Read by…`,
    icon: <CheckCheck size={18} aria-hidden />,
    shortcut: 'I',
    may: (message, { serverId }) => serverId === null && isThere(message) && isOwn(message),
    run: (message, place) => place.showReceipts(message),
  },
  {
    id: 'report',
    name: msg`Report…`,
    icon: <Flag size={18} aria-hidden />,
    shortcut: '!',
    // The node can look at other messages itself.
    may: (message) => isThere(message) && !isOwn(message) && sealedOf(message) !== null,
    run: (message, place) => place.report(message),
  },
  {
    id: 'delete',
    name: msg`Delete`,
    icon: <Trash2 size={18} aria-hidden />,
    shortcut: 'Delete',
    isDangerous: true,
    may: (message, place) => message.deleted_at === null && (isOwn(message) || has(place, 'manage_messages')),
    run: (message, place) => place.askToDelete(message),
  },
];

export const commandsFor = (message: Message, place: Place): MessageCommand[] =>
  messageCommands.filter((command) => command.may(message, place));

/** Adds the own reaction, or takes it away. Shown at once, corrected by the answer. */
export async function toggleReaction(message: Message, emoji: string, place: Place): Promise<void> {
  const me = store.getState().me?.user.id ?? '';
  const isMine = message.reactions.some((one) => one.emoji === emoji && one.user_ids.includes(me));
  place.timeline.replace({ ...message, reactions: withReaction(message, emoji, me, !isMine) });
  try {
    place.timeline.replace(await (isMine ? unreact : react)(message.id, emoji));
  } catch (error) {
    place.timeline.replace(message);
    toasts.error(errorText(error));
  }
}

/** Pins a message or takes the pin away. */
export async function setPinned(
  message: Message,
  isPinned: boolean,
  { timeline }: Pick<Place, 'timeline'>,
): Promise<void> {
  try {
    timeline.replace(await (isPinned ? pinMessage : unpinMessage)(message.id));
  } catch (error) {
    toasts.error(errorText(error));
  }
}

function withReaction(message: Message, emoji: string, me: string, isAdded: boolean): Message['reactions'] {
  if (isAdded && !message.reactions.some((one) => one.emoji === emoji)) {
    return [...message.reactions, { emoji, count: 1, user_ids: [me] }];
  }
  return message.reactions
    .map((one) => {
      if (one.emoji !== emoji) return one;
      const others = one.user_ids.filter((id) => id !== me);
      return isAdded
        ? { emoji, count: one.count + 1, user_ids: [...others, me] }
        : { emoji, count: one.count - 1, user_ids: others };
    })
    .filter((one) => one.count > 0);
}

/** The message as plain text, with names in place of ids. */
export function textOf(message: Message): string {
  const state = store.getState();
  return decodeMentions(message.content?.text ?? '', (piece) => writtenMention(state, piece));
}

function copy(text: string): void {
  navigator.clipboard?.writeText(text).catch((error: unknown) => toasts.error(errorText(error)));
}
