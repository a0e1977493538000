import { useEffect, useRef, useState } from 'react';
import type { Message } from '../api/types';
import { plainText } from '../lib/markdown';
import { nameIn } from '../state/selectors';
import { store } from '../state/store';
import { textOf } from './commands';
import { usePlace } from './place';

/** Reads out messages of others as they come in, and only those: not what is loaded by scrolling. */
export function Announcer({ messages }: { messages: Message[] }) {
  const { timeline, serverId } = usePlace();
  const [text, setText] = useState('');
  const before = useRef<number | null>(null);
  useEffect(() => {
    const last = messages.at(-1);
    const isNew = before.current !== null && last !== undefined && last.seq === before.current + 1;
    before.current = last?.seq ?? null;
    const state = store.getState();
    if (!isNew || !last || last.author_id === state.me?.user.id || timeline.getSnapshot().hasAfter) return;
    setText(`${nameIn(state, last.author_id, serverId)}: ${plainText(textOf(last))}`);
  }, [messages, timeline, serverId]);
  return (
    <div aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
