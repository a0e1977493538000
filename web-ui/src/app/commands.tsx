// What can be done anywhere. Shortcuts, the switcher and menus all list these.
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import {
  ArrowDown,
  ArrowUp,
  CalendarSearch,
  CheckCheck,
  CircleHelp,
  LogOut,
  MessageSquarePlus,
  Moon,
  Pin,
  Plus,
  Search,
  Settings,
  ShieldCheck,
  TextSearch,
  Users,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { navigate } from 'wouter/use-browser-location';
import { signOut } from '../api/session';
import type { Id } from '../api/types';
import { WIDEST } from '../lib/media';
import { markAllRead } from '../messages/reading';
import { orderedConversations, orderedRooms, unreadOf } from '../state/selectors';
import { store } from '../state/store';
import { clearDevice } from '../state/sync';
import { chooseTheme } from '../styles/theme';
import { placeOfPath } from './here';
import { paths } from './paths';
import { openDialog, openPanel, type Panel, togglePeople } from './ui-state';

export interface AppCommand {
  id: string;
  name: MessageDescriptor;
  icon: ReactNode;
  /** Keys as `Kbd` writes them; Mod is Ctrl or ⌘. */
  shortcut?: string;
  isAvailable?(): boolean;
  run(): void;
}

const icon = { size: 18, 'aria-hidden': true } as const;
const here = () => placeOfPath(location.pathname);

export const appCommands: AppCommand[] = [
  {
    id: 'switch',
    name: msg`Go to…`,
    icon: <Search {...icon} />,
    shortcut: 'Mod+K',
    run: () => openDialog('switcher'),
  },
  {
    id: 'search',
    name: msg`Search messages`,
    icon: <TextSearch {...icon} />,
    shortcut: 'Mod+F',
    // Pressed once more in the search field, the browser's own search opens.
    isAvailable: () => here() !== null && !document.activeElement?.matches('[data-search]'),
    run: () => showPanel('search'),
  },
  {
    id: 'pins',
    name: msg`Pinned messages`,
    icon: <Pin {...icon} />,
    isAvailable: () => here() !== null,
    run: () => showPanel('pins'),
  },
  {
    id: 'previous',
    name: msg`Previous room`,
    icon: <ArrowUp {...icon} />,
    shortcut: 'Alt+ArrowUp',
    run: () => step(-1, false),
  },
  {
    id: 'next',
    name: msg`Next room`,
    icon: <ArrowDown {...icon} />,
    shortcut: 'Alt+ArrowDown',
    run: () => step(1, false),
  },
  {
    id: 'previous-unread',
    name: msg`Previous unread room`,
    icon: <ArrowUp {...icon} />,
    shortcut: 'Alt+Shift+ArrowUp',
    run: () => step(-1, true),
  },
  {
    id: 'next-unread',
    name: msg`Next unread room`,
    icon: <ArrowDown {...icon} />,
    shortcut: 'Alt+Shift+ArrowDown',
    run: () => step(1, true),
  },
  {
    id: 'mark-read',
    name: msg`Mark as read`,
    icon: <CheckCheck {...icon} />,
    shortcut: 'Shift+Escape',
    isAvailable: () => here() !== null,
    run: () => {
      const place = here();
      if (place) markAllRead(place.conversationId);
    },
  },
  {
    id: 'jump-date',
    name: msg`Jump to date`,
    icon: <CalendarSearch {...icon} />,
    isAvailable: () => here() !== null,
    run: () => openDialog('jump-date'),
  },
  {
    id: 'start',
    name: msg`New conversation`,
    icon: <MessageSquarePlus {...icon} />,
    shortcut: 'Mod+Shift+K',
    run: () => openDialog('start'),
  },
  {
    id: 'add-server',
    name: msg`Create or join a server`,
    icon: <Plus {...icon} />,
    run: () => openDialog('add-server'),
  },
  {
    id: 'members',
    name: msg`Show or hide members`,
    icon: <Users {...icon} />,
    shortcut: 'Mod+Shift+U',
    isAvailable: () => here() !== null,
    run: () => togglePeople(matchMedia(WIDEST).matches),
  },
  {
    id: 'theme',
    name: msg`Switch between light and dark`,
    icon: <Moon {...icon} />,
    run: () =>
      chooseTheme(getComputedStyle(document.documentElement).colorScheme === 'dark' ? 'light' : 'dark'),
  },
  {
    id: 'settings',
    name: msg`Settings`,
    icon: <Settings {...icon} />,
    shortcut: 'Mod+,',
    run: () => navigate(paths.settings()),
  },
  {
    id: 'admin',
    name: msg`Administration`,
    icon: <ShieldCheck {...icon} />,
    isAvailable: () => store.getState().me?.role === 'admin',
    run: () => navigate(paths.admin()),
  },
  {
    id: 'shortcuts',
    name: msg`Keyboard shortcuts`,
    icon: <CircleHelp {...icon} />,
    shortcut: '?',
    run: () => openDialog('shortcuts'),
  },
  {
    id: 'sign-out',
    name: msg`Sign out`,
    icon: <LogOut {...icon} />,
    run: () => void clearDevice().then(signOut),
  },
];

export const availableCommands = (): AppCommand[] =>
  appCommands.filter((command) => command.isAvailable?.() ?? true);

/** Opens a panel; one that is open takes the focus. */
function showPanel(panel: Panel): void {
  openPanel(panel);
  document.querySelector<HTMLElement>('[data-panel] input, [data-panel] h2')?.focus();
}

/** The neighbour in the list that the sidebar shows (for unread ones: in all lists). */
function step(by: 1 | -1, onlyUnread: boolean): void {
  const state = store.getState();
  const place = here();
  const lists: { id: Id; path: string }[][] = [
    orderedConversations(state).map(({ id }) => ({ id, path: paths.conversation(id) })),
    ...Object.keys(state.servers).map((server) =>
      orderedRooms(state, server).map(({ id }) => ({ id, path: paths.room(server, id) })),
    ),
  ];
  const isHere = (list: { id: Id }[]) => list.some(({ id }) => id === place?.conversationId);
  const list = onlyUnread
    ? lists.flat().filter(({ id }) => id === place?.conversationId || unreadOf(state.readStates[id]) > 0)
    : (lists.find(isHere) ?? lists.find((entries) => entries.length > 0) ?? []);
  if (list.length === 0) return;
  const at = list.findIndex(({ id }) => id === place?.conversationId);
  const next = list[(at + by + list.length) % list.length];
  if (next && next.id !== place?.conversationId) navigate(next.path);
}
