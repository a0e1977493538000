// What the switcher offers, best matches first.
import type { MessageDescriptor } from '@lingui/core';
import { Hash, Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Id, User } from '../../api/types';
import { startTalk } from '../../encryption/talk';
import { encryptionText } from '../../encryption/texts';
import { fuzzyFilter } from '../../lib/fuzzy';
import { ConversationAvatar } from '../../messages/ConversationAvatar';
import {
  conversationName,
  nameOf,
  orderedConversations,
  orderedRooms,
  otherOf,
  unreadOf,
} from '../../state/selectors';
import { type State, store } from '../../state/store';
import { Avatar } from '../../ui/Avatar';
import { toasts } from '../../ui/toasts';
import { availableCommands } from '../commands';
import { paths } from '../paths';

export interface Option {
  key: string;
  name: string;
  detail: string;
  icon: ReactNode;
  isUnread: boolean;
  run(): void;
}

type Navigate = (path: string) => void;

const SHOWN = 30;

/** `#` narrows to rooms, `@` to people, `>` to commands. */
export function optionsFor(
  query: string,
  found: User[],
  text: (name: MessageDescriptor) => string,
  navigate: Navigate,
): Option[] {
  const state = store.getState();
  const sign = /^[#@>]/.exec(query)?.[0] ?? '';
  const wanted = query.slice(sign.length).trim();
  const places = [
    ...(sign === '' || sign === '@' ? conversations(state, navigate) : []),
    ...(sign === '' || sign === '#' ? rooms(state, navigate) : []),
  ];
  if (sign === '' && wanted === '') {
    return places.sort((a, b) => Number(b.isUnread) - Number(a.isUnread)).slice(0, SHOWN);
  }
  const all = [
    ...places,
    ...(sign === '' || sign === '@' ? people(state, found, navigate) : []),
    ...(sign === '' || sign === '>' ? commands(text) : []),
  ];
  return fuzzyFilter(all, wanted, ({ name, detail }) => `${name} ${detail}`).slice(0, SHOWN);
}

function rooms(state: State, navigate: Navigate): Option[] {
  return Object.values(state.servers).flatMap((server) =>
    orderedRooms(state, server.id).map((room) => ({
      key: room.id,
      name: room.name,
      detail: server.name,
      icon: room.is_private ? <Lock size={18} aria-hidden /> : <Hash size={18} aria-hidden />,
      isUnread: unreadOf(state.readStates[room.id]) > 0,
      run: () => navigate(paths.room(server.id, room.id)),
    })),
  );
}

function conversations(state: State, navigate: Navigate): Option[] {
  return orderedConversations(state).map((conversation) => {
    const other = otherOf(conversation, state.me?.user.id);
    return {
      key: conversation.id,
      name: conversationName(state, conversation),
      detail: other ? `@${state.users[other]?.username ?? ''}` : '',
      icon: <ConversationAvatar conversation={conversation} />,
      isUnread: unreadOf(state.readStates[conversation.id]) > 0,
      run: () => navigate(paths.conversation(conversation.id)),
    };
  });
}

/** People with whom there is no conversation yet. */
function people(state: State, found: User[], navigate: Navigate): Option[] {
  const me = state.me?.user.id;
  const direct = new Set(Object.values(state.conversations).map((conversation) => otherOf(conversation, me)));
  const known = new Map([...Object.values(state.users), ...found].map((user) => [user.id, user]));
  return [...known.values()]
    .filter((user) => user.id !== me && !direct.has(user.id) && !user.is_disabled)
    .map((user) => ({
      key: user.id,
      name: nameOf(user),
      detail: `@${user.username}`,
      icon: <Avatar name={nameOf(user)} picture={user.picture} size="sm" />,
      isUnread: false,
      run: () => void writeTo(user.id, navigate),
    }));
}

function commands(text: (name: MessageDescriptor) => string): Option[] {
  return availableCommands()
    .filter((command) => command.id !== 'switch')
    .map((command) => ({
      key: command.id,
      name: text(command.name),
      detail: '',
      icon: command.icon,
      isUnread: false,
      // The switcher must be gone before another dialog comes.
      run: () => void setTimeout(command.run),
    }));
}

async function writeTo(userId: Id, navigate: Navigate): Promise<void> {
  try {
    navigate(paths.conversation(await startTalk([userId])));
  } catch (error) {
    toasts.error(encryptionText(error));
  }
}
