import { fireEvent, render } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/errors';
import { ANN, aMessage, ME } from '../testing/entities';
import type { Candidate } from './completions';
import { Composer, type ComposerParts } from './composer';
import { useComposerKeys } from './use-composer-keys';

const candidate = (written: string, carried: string): Candidate => ({
  key: carried,
  kind: 'user',
  id: carried,
  label: written,
  detail: '',
  written,
  carried,
});
const people = [candidate('@ann', `<@${ANN}>`), candidate('@anton', '<@user-anton>')];
const own = aMessage(4, { author_id: ME, content: { type: 'text', text: 'as it was' } });

let parts: { [Key in keyof ComposerParts]: ReturnType<typeof vi.fn<ComposerParts[Key]>> };
let composer: Composer;

beforeEach(() => {
  parts = {
    candidates: vi.fn<ComposerParts['candidates']>(({ query }) =>
      people.filter(({ written }) => written.startsWith(`@${query}`)),
    ),
    lookUp: vi.fn<ComposerParts['lookUp']>(),
    mentionables: vi.fn<ComposerParts['mentionables']>(() => people),
    written: vi.fn<ComposerParts['written']>(() => '@ann'),
    limit: vi.fn<ComposerParts['limit']>(() => 20),
    send: vi.fn<ComposerParts['send']>(),
    edit: vi.fn<ComposerParts['edit']>(async () => undefined),
    lastOwn: vi.fn<ComposerParts['lastOwn']>(() => own),
    typing: vi.fn<ComposerParts['typing']>(),
    keep: vi.fn<ComposerParts['keep']>(),
    failed: vi.fn<ComposerParts['failed']>(),
  };
  composer = new Composer(parts, null, null);
});

const type = (text: string, start = text.length, end = start) => composer.type({ text, start, end });
const now = () => composer.getSnapshot();

const Field = () => <textarea onKeyDown={useComposerKeys(composer)} />;

/** Presses a key in a text field with the composer's keys; whether the composer took it. */
function press(key: string, more: object = {}): boolean {
  const { container, unmount } = render(<Field />);
  const field = container.querySelector('textarea');
  const isLeft = field ? fireEvent.keyDown(field, { key, ...more }) : true;
  unmount();
  return !isLeft;
}

describe('completion', () => {
  it('replaces what was typed of the name, and nothing around it', () => {
    type('hi @an, and you', 6);
    expect(now().completion).toMatchObject({ trigger: { query: 'an', from: 3 }, index: 0 });
    composer.choose(1);
    expect(now()).toMatchObject({
      typed: { text: 'hi @anton , and you', start: 10, end: 10 },
      completion: null,
    });
  });

  it('does not double the space that follows', () => {
    type('@an there', 3);
    composer.choose();
    expect(now().typed).toEqual({ text: '@ann there', start: 5, end: 5 });
  });

  it('is moved through in a circle and taken with Enter or Tab', () => {
    type('@an');
    expect(press('ArrowUp')).toBe(true);
    expect(now().completion?.index).toBe(1);
    press('ArrowDown');
    expect(now().completion?.index).toBe(0);
    press('ArrowDown');
    expect(press('Tab')).toBe(true);
    expect(now().typed.text).toBe('@anton ');
    expect(press('Tab')).toBe(false);
    expect(parts.send).not.toHaveBeenCalled();
  });

  it('goes with Escape, with the last candidate, and while text is selected', () => {
    type('@an');
    expect(press('Escape')).toBe(true);
    expect(now()).toMatchObject({ completion: null, typed: { text: '@an' } });
    type('@ann');
    expect(now().completion?.items).toHaveLength(1);
    type('@anna');
    expect(now().completion).toBeNull();
    type('@an', 0, 3);
    expect(now().completion).toBeNull();
  });

  it('takes in what was found later, if one is still there', () => {
    parts.candidates.mockReturnValue([]);
    type('@zo');
    expect(now().completion).toBeNull();
    const [, found] = parts.lookUp.mock.calls.at(-1) ?? [];
    parts.candidates.mockReturnValue([candidate('@zoe', '<@zoe>')]);
    found?.();
    expect(now().completion?.items).toHaveLength(1);
    type('@zo ');
    found?.();
    expect(now().completion).toBeNull();
  });
});

describe('sending', () => {
  it('carries mentions by id, trimmed, and empties the field', () => {
    type('  hi @ann ');
    press('Enter');
    expect(parts.send).toHaveBeenCalledWith({ type: 'text', text: `hi <@${ANN}>` }, null);
    expect(now().typed).toEqual({ text: '', start: 0, end: 0 });
    expect(parts.keep).toHaveBeenLastCalledWith({ text: '', replyTo: null });
  });

  it('needs some text, and leaves Shift+Enter to the field', () => {
    type('   ');
    expect(press('Enter')).toBe(true);
    type('one');
    expect(press('Enter', { shiftKey: true })).toBe(false);
    expect(parts.send).not.toHaveBeenCalled();
  });

  it('quotes what it replies to; Escape takes the reply away', () => {
    const message = aMessage(2);
    composer.reply(message);
    type('yes');
    expect(parts.keep).toHaveBeenLastCalledWith({ text: 'yes', replyTo: message.id });
    void composer.send();
    expect(parts.send.mock.calls[0]?.[1]).toEqual({
      id: message.id,
      seq: 2,
      author_id: ANN,
      excerpt: 'text 2',
    });
    composer.reply(message);
    expect(press('Escape')).toBe(true);
    expect(now().replyTo).toBeNull();
    expect(press('Escape')).toBe(false);
  });

  it('counts characters as the node does, in what is carried, and refuses too many', () => {
    type('🎉'.repeat(20));
    expect(composer.left()).toBe(0);
    type('🎉'.repeat(21));
    expect(composer.left()).toBe(-1);
    void composer.send();
    expect(parts.send).not.toHaveBeenCalled();
    expect(now().typed.text).toBe('🎉'.repeat(21));
    type('@ann');
    expect(composer.left()).toBe(20 - `<@${ANN}>`.length);
  });
});

describe('editing', () => {
  it('begins with the arrow up in an empty field only', () => {
    type('x');
    expect(press('ArrowUp')).toBe(false);
    type('');
    expect(press('ArrowUp', { altKey: true })).toBe(false);
    expect(press('ArrowUp')).toBe(true);
    expect(now()).toMatchObject({ editing: own, typed: { text: 'as it was', start: 9, end: 9 } });
  });

  it('does not begin where nothing of one’s own is loaded', () => {
    parts.lastOwn.mockReturnValue(null);
    expect(press('ArrowUp')).toBe(false);
    expect(now().editing).toBeNull();
  });

  it('brings the draft back afterwards and never keeps the edited text as one', async () => {
    type('a draft');
    composer.edit(own);
    type('as it is');
    await composer.send();
    expect(parts.edit).toHaveBeenCalledWith(own, { type: 'text', text: 'as it is' });
    expect(now()).toMatchObject({ editing: null, typed: { text: 'a draft' } });
    for (const [draft] of parts.keep.mock.calls) expect(draft.text).toBe('a draft');
  });

  it('of nothing asks nothing of the node', async () => {
    composer.edit(own);
    await composer.send();
    expect(parts.edit).not.toHaveBeenCalled();
    composer.edit(own);
    expect(press('Escape')).toBe(true);
    expect(now().editing).toBeNull();
  });

  it('that the node refuses says why and stays', async () => {
    type('a draft');
    parts.edit.mockRejectedValue(new ApiError({ code: 'forbidden', detail: 'You may not.' }));
    composer.edit(own);
    type('as @ann is');
    await composer.send();
    expect(parts.failed).toHaveBeenCalledWith('You may not.');
    expect(now()).toMatchObject({ editing: own, typed: { text: 'as @ann is' } });
    composer.cancel();
    expect(now().typed.text).toBe('a draft');
  });
});

describe('keys', () => {
  it('put marks around the selection and take them off again', () => {
    for (const [key, mark] of [
      ['b', '**'],
      ['i', '*'],
      ['e', '`'],
    ] as const) {
      type('a word', 2, 6);
      expect(press(key, { ctrlKey: true })).toBe(true);
      expect(now().typed.text).toBe(`a ${mark}word${mark}`);
      press(key.toUpperCase(), { metaKey: true });
      expect(now().typed.text).toBe('a word');
    }
  });

  it('are the input method’s own while it composes', () => {
    type('@an');
    expect(press('Enter', { isComposing: true })).toBe(false);
    expect(press('Enter', { keyCode: 229 })).toBe(false);
    expect(press('ArrowDown', { isComposing: true })).toBe(false);
    expect(now()).toMatchObject({ typed: { text: '@an' }, completion: { index: 0 } });
    expect(parts.send).not.toHaveBeenCalled();
  });
});

it('tells typing every four seconds, and its end; not for an edit', () => {
  vi.useFakeTimers();
  type('a');
  type('ab');
  expect(parts.typing.mock.calls).toEqual([[true]]);
  vi.advanceTimersByTime(4_000);
  type('abc');
  expect(parts.typing.mock.calls).toEqual([[true], [true]]);
  type('');
  expect(parts.typing).toHaveBeenLastCalledWith(false);
  parts.typing.mockClear();
  composer.edit(own);
  type('anew');
  expect(parts.typing).not.toHaveBeenCalled();
  vi.useRealTimers();
});
