// What typing does, as functions over a text and a selection. No React, no DOM.

export interface Typed {
  text: string;
  start: number;
  end: number;
}

export type Trigger = { kind: 'mention' | 'room' | 'emoji'; query: string; from: number };

/** The completion that the caret stands in: after `@`, `#` or `:` at the start of a word. */
export function triggerAt({ text, start, end }: Typed): Trigger | null {
  if (start !== end) return null;
  const before = text.slice(0, start);
  const match = /(?:^|[\s(])([@#:])([\p{L}\p{N}_.+-]*)$/u.exec(before);
  if (!match) return null;
  const [, sign, query = ''] = match;
  const from = start - query.length - 1;
  if (isInCode(text.slice(0, from))) return null;
  if (sign === '@') return { kind: 'mention', query, from };
  if (sign === '#') return { kind: 'room', query, from };
  return query.length < 2 ? null : { kind: 'emoji', query, from };
}

/** Puts a completion in place of what was typed of it. */
export function complete(typed: Typed, trigger: Trigger, insert: string): Typed {
  const rest = typed.text.slice(typed.end);
  const space = rest.startsWith(' ') ? '' : ' ';
  const text = typed.text.slice(0, trigger.from) + insert + space + rest;
  const caret = trigger.from + insert.length + 1;
  return { text, start: caret, end: caret };
}

/** Surrounds the selection with a mark, or takes the mark away where it already stands. */
export function toggleMark({ text, start, end }: Typed, mark: string): Typed {
  const chosen = text.slice(start, end);
  const size = mark.length;
  if (text.slice(start - size, start) === mark && text.slice(end, end + size) === mark) {
    return {
      text: text.slice(0, start - size) + chosen + text.slice(end + size),
      start: start - size,
      end: end - size,
    };
  }
  return {
    text: text.slice(0, start) + mark + chosen + mark + text.slice(end),
    start: start + size,
    end: end + size,
  };
}

/** Puts text at the caret. */
export function insertAt({ text, start, end }: Typed, insert: string): Typed {
  const caret = start + insert.length;
  return { text: text.slice(0, start) + insert + text.slice(end), start: caret, end: caret };
}

function isInCode(before: string): boolean {
  const fences = before.match(/```/g)?.length ?? 0;
  if (fences % 2 === 1) return true;
  const line = before.slice(before.lastIndexOf('\n') + 1).replaceAll('```', '');
  return (line.match(/`/g)?.length ?? 0) % 2 === 1;
}

/** Characters as the node counts them: Unicode code points. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
