import { expect, test } from 'vitest';
import { isQuiet } from './quiet';

const at = (text: string) => Date.parse(text);

test('quiet hours go over midnight and follow the clock there', () => {
  const quiet = { from: 22 * 60, to: 7 * 60, zone: 'Europe/Oslo', days: [5] };
  // 2026-11-20 is a Friday; Oslo is an hour ahead of UTC then.
  expect(isQuiet(quiet, at('2026-11-20T20:59:00Z'))).toBe(false);
  expect(isQuiet(quiet, at('2026-11-20T21:00:00Z'))).toBe(true);
  expect(isQuiet(quiet, at('2026-11-21T05:59:00Z'))).toBe(true);
  expect(isQuiet(quiet, at('2026-11-21T06:00:00Z'))).toBe(false);
  expect(isQuiet(quiet, at('2026-11-21T21:30:00Z'))).toBe(false);
  expect(isQuiet(quiet, at('2026-07-17T20:00:00Z'))).toBe(true);
});

test('around noon, around the clock, and nowhere', () => {
  const noon = { from: 720, to: 780, zone: 'Asia/Kolkata', days: [1, 2, 3, 4, 5, 6, 7] };
  expect(isQuiet(noon, at('2026-11-20T06:30:00Z'))).toBe(true);
  expect(isQuiet(noon, at('2026-11-20T07:30:00Z'))).toBe(false);
  expect(isQuiet({ ...noon, from: 0, to: 0 }, at('2026-11-20T07:30:00Z'))).toBe(true);
  expect(isQuiet({ ...noon, zone: 'Nowhere/At all' }, at('2026-11-20T06:30:00Z'))).toBe(false);
  expect(isQuiet(null, 0)).toBe(false);
});
