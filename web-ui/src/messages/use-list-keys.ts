import { type FocusEvent, type KeyboardEvent, type RefObject, useState } from 'react';
import type { Id, Message } from '../api/types';
import { commandsFor } from './commands';
import { usePlace } from './place';
import type { ScrollKeeper } from './scroll';

/** Keys inside the message list: arrows move between messages, letters are the commands of the focused one. */
export function useListKeys(box: RefObject<HTMLElement | null>, keeper: ScrollKeeper) {
  const place = usePlace();
  const [current, setCurrent] = useState<Id | null>(null);

  const messageOf = (element: Element | null): Message | undefined => {
    const seq = Number(element?.getAttribute('data-seq'));
    return place.timeline.getSnapshot().messages.find((message) => message.seq === seq);
  };

  const onFocus = (event: FocusEvent) => {
    const message = messageOf(event.target.closest('[data-seq]'));
    if (message) setCurrent(message.id);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const row = event.target;
    if (!(row instanceof HTMLElement) || !row.hasAttribute('data-seq')) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (move(event.key, row)) event.preventDefault();
    else if (event.key === 'Escape') focusComposer();
    else {
      const message = messageOf(row);
      const command =
        message &&
        commandsFor(message, place).find(
          ({ shortcut }) => shortcut.toLowerCase() === event.key.toLowerCase(),
        );
      if (!message || !command) return;
      event.preventDefault();
      command.run(message, place);
    }
  };

  const move = (key: string, row: HTMLElement): boolean => {
    const all = Array.from(box.current?.querySelectorAll<HTMLElement>('[data-seq]') ?? []);
    const at = all.indexOf(row);
    const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[key];
    if (next === undefined) {
      if (key !== 'PageUp' && key !== 'PageDown') return false;
      keeper.page(key === 'PageDown' ? 1 : -1);
      return true;
    }
    if (next >= all.length) focusComposer();
    else all[Math.max(next, 0)]?.focus();
    return true;
  };

  return { current, onFocus, onKeyDown };
}

export function focusComposer(): void {
  document.querySelector<HTMLElement>('[data-composer]')?.focus();
}
