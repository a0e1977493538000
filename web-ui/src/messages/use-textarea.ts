import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import type { Id } from '../api/types';
import type { ComposerSnapshot } from './composer';

const isCoarse = () => matchMedia('(pointer: coarse)').matches;

/** Keeps the text field's height, selection and focus as the composer wants them. */
export function useTextarea(
  area: RefObject<HTMLTextAreaElement | null>,
  { typed, setCount }: ComposerSnapshot,
  conversationId: Id,
): void {
  const applied = useRef(setCount);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [area, typed.text]);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element || applied.current === setCount) return;
    applied.current = setCount;
    element.focus();
    element.setSelectionRange(typed.start, typed.end);
  }, [area, setCount, typed]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new conversation takes the focus
  useEffect(() => {
    // Not on touch: the keyboard would cover what one came to read.
    if (!isCoarse()) area.current?.focus({ preventScroll: true });
  }, [area, conversationId]);
}
