import type { KeyboardEvent } from 'react';
import type { Composer } from './composer';

const MARKS: Record<string, string> = { b: '**', i: '*', e: '`' };

/** Keys in the text field. */
export function useComposerKeys(composer: Composer): (event: KeyboardEvent<HTMLTextAreaElement>) => void {
  return (event) => {
    // While an input method composes, every key is its own; Safari says so only by the code 229.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (handle(event)) event.preventDefault();
  };

  function handle(event: KeyboardEvent<HTMLTextAreaElement>): boolean {
    const { completion, typed } = composer.getSnapshot();
    const { key, shiftKey, altKey } = event;
    const isMod = event.ctrlKey || event.metaKey;
    if (completion && !shiftKey && !isMod && !altKey) {
      if (key === 'ArrowDown' || key === 'ArrowUp') composer.move(key === 'ArrowDown' ? 1 : -1);
      else if (key === 'Enter' || key === 'Tab') composer.choose();
      else if (key !== 'Escape') return false;
      if (key === 'Escape') composer.cancel();
      return true;
    }
    const mark = isMod && !shiftKey && !altKey ? MARKS[key.toLowerCase()] : undefined;
    if (mark !== undefined) composer.mark(mark);
    else if (key === 'Enter' && !shiftKey && !altKey && !isMod) void composer.send();
    else if (key === 'ArrowUp' && typed.text === '' && !isMod && !altKey) return composer.editLast();
    else if (key === 'Escape') return composer.cancel();
    else return false;
    return true;
  }
}
