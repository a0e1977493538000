import { expect, test } from 'vitest';
import { linePath, ticks } from './chart';

test('ticks are round, begin at nothing and reach the greatest value', () => {
  expect(ticks(0)).toEqual([0, 1]);
  expect(ticks(1)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(ticks(7)).toEqual([0, 2, 4, 6, 8]);
  expect(ticks(1_234)).toEqual([0, 500, 1_000, 1_500]);
  for (const most of [3, 99, 100, 101, 5_000_001]) {
    const all = ticks(most);
    expect(all.at(-1)).toBeGreaterThanOrEqual(most);
    expect(all.length).toBeLessThanOrEqual(6);
  }
});

test('a line ends where nothing is known', () => {
  const path = linePath(
    [1, 2, null, 4],
    (at) => at * 10,
    (value) => value,
  );
  expect(path).toBe('M0.0 1.0L10.0 2.0M30.0 4.0m-2 0h4');
});
