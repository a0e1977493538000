import { describe, expect, it } from 'vitest';
import { complete, insertAt, lengthOf, toggleMark, triggerAt } from './typed';

const caret = (text: string) => ({ text, start: text.length, end: text.length });

describe('completion', () => {
  it('begins at @, # and : at the start of a word', () => {
    expect(triggerAt(caret('hi @an'))).toEqual({ kind: 'mention', query: 'an', from: 3 });
    expect(triggerAt(caret('#gen'))).toEqual({ kind: 'room', query: 'gen', from: 0 });
    expect(triggerAt(caret('so :smi'))).toEqual({ kind: 'emoji', query: 'smi', from: 3 });
  });

  it('does not begin in words, times, code, or with one letter after a colon', () => {
    for (const text of ['me@an', '12:30', ':a', '`@an', '```\n@an'])
      expect(triggerAt(caret(text))).toBeNull();
  });

  it('replaces what was typed of it', () => {
    const typed = caret('hi @an');
    const trigger = triggerAt(typed);
    expect(trigger && complete(typed, trigger, '@ann')).toEqual(caret('hi @ann '));
  });
});

it('marks put themselves around the selection and come off again', () => {
  const marked = toggleMark({ text: 'a word', start: 2, end: 6 }, '**');
  expect(marked).toEqual({ text: 'a **word**', start: 4, end: 8 });
  expect(toggleMark(marked, '**')).toEqual({ text: 'a word', start: 2, end: 6 });
});

it('inserts in place of the selection', () => {
  expect(insertAt({ text: 'a b c', start: 2, end: 3 }, '🎉')).toEqual({ text: 'a 🎉 c', start: 4, end: 4 });
});

it('counts an emoji once', () => {
  expect(lengthOf('a🎉')).toBe(2);
});
