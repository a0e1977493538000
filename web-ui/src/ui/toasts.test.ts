import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Toasts } from './toasts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const texts = (toasts: Toasts) => toasts.getSnapshot().map(({ text }) => text);

test('a message goes by itself, an error later than a note', () => {
  const toasts = new Toasts();
  toasts.info('saved');
  toasts.error('failed');
  vi.advanceTimersByTime(6_000);
  expect(texts(toasts)).toEqual(['failed']);
  vi.advanceTimersByTime(6_000);
  expect(texts(toasts)).toEqual([]);
});

test('the same text is shown once, and its time begins anew', () => {
  const toasts = new Toasts();
  toasts.error('failed');
  vi.advanceTimersByTime(8_000);
  toasts.error('failed');
  vi.advanceTimersByTime(8_000);
  expect(texts(toasts)).toEqual(['failed']);
});

test('nothing goes while somebody reads', () => {
  const toasts = new Toasts();
  toasts.info('saved');
  toasts.hold();
  vi.advanceTimersByTime(60_000);
  expect(texts(toasts)).toEqual(['saved']);
  toasts.release();
  vi.advanceTimersByTime(6_000);
  expect(texts(toasts)).toEqual([]);
});

test('the oldest makes room', () => {
  const toasts = new Toasts();
  for (const text of ['1', '2', '3', '4', '5']) toasts.info(text);
  expect(texts(toasts)).toEqual(['2', '3', '4', '5']);
});

test('those who listen hear of every change until they leave', () => {
  const toasts = new Toasts();
  const heard = vi.fn();
  const leave = toasts.subscribe(heard);
  toasts.info('saved');
  leave();
  toasts.info('again');
  expect(heard).toHaveBeenCalledTimes(1);
});
