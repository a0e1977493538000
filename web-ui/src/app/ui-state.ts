// What the shell remembers: which dialog is open, whether members are shown, where one was last.
import { useStore as useZustand } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Id } from '../api/types';

export type OpenDialog =
  | 'switcher'
  | 'shortcuts'
  | 'start'
  | 'add-server'
  | 'jump-date'
  | 'notices'
  | 'notify'
  | null;

export type Panel = 'search' | 'pins' | null;

interface UiState {
  dialog: OpenDialog;
  /** What the dialog is about: a conversation or a server. */
  dialogPlace: Id | null;
  /** What is shown in place of the members, beside or over the messages. */
  panel: Panel;
  /** The members panel beside the messages (wide windows). */
  showMembers: boolean;
  /** The members panel over the messages (narrow windows). */
  showMembersOver: boolean;
  lastRoom: Record<Id, Id>;
  lastConversation: Id | null;
  lastPath: string | null;
}

type Kept = Pick<UiState, 'showMembers' | 'lastRoom' | 'lastConversation' | 'lastPath'>;

const KEY = 'snug.ui';

export const uiState = createStore<UiState>(() => ({
  dialog: null,
  dialogPlace: null,
  panel: null,
  showMembers: true,
  showMembersOver: false,
  lastRoom: {},
  lastConversation: null,
  lastPath: null,
  ...stored(),
}));

uiState.subscribe(({ showMembers, lastRoom, lastConversation, lastPath }) => {
  const kept: Kept = { showMembers, lastRoom, lastConversation, lastPath };
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Not kept then.
  }
});

export function useUiState<T>(selector: (state: UiState) => T): T {
  return useZustand(uiState, selector);
}

export const openDialog = (dialog: OpenDialog): void => uiState.setState({ dialog });

/** Opens the choice of what to hear of in a conversation or server. */
export const openNotify = (dialogPlace: Id): void => uiState.setState({ dialog: 'notify', dialogPlace });

export const openPanel = (panel: Panel): void => uiState.setState({ panel, showMembersOver: false });

/** Shows or hides the people of a conversation; beside the messages they take the place of another panel. */
export const togglePeople = (isBeside: boolean): void =>
  uiState.setState(({ showMembers, showMembersOver, panel }) =>
    isBeside
      ? { showMembers: panel !== null || !showMembers, panel: null }
      : { showMembersOver: !showMembersOver },
  );

function stored(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>;
  } catch {
    return {};
  }
}
