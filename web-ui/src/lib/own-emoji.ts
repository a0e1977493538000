// The instance's own emoji. Filled when the chat has started (branding/follow.ts).
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

/** The address of each picture, by `:name:`. */
export const ownEmoji = createStore<Record<string, string>>(() => ({}));

export const useOwnEmoji = <T>(select: (all: Record<string, string>) => T): T => useStore(ownEmoji, select);
