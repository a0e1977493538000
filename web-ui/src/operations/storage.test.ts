import { expect, test } from 'vitest';
import { choiceOf, chosenText, share } from './storage';

const allowance = (bytes: number | null, is_chosen = true) => ({ bytes, is_chosen, default_bytes: 7 });

test('what an admin chose is shown as it can be typed again', () => {
  expect(chosenText(allowance(2e9))).toBe('2GB');
  expect(chosenText(allowance(1.5e9))).toBe('1500MB');
  expect(chosenText(allowance(1025))).toBe('1025B');
  expect(chosenText(allowance(0))).toBe('0B');
  expect(chosenText(allowance(null))).toBe('unlimited');
  expect(chosenText(allowance(1e9, false))).toBe('');
});

test('an empty field goes back to the default', () => {
  expect(choiceOf('  ')).toBe('default');
  expect(choiceOf(' 2 GB ')).toBe('2 GB');
});

test('a share is never more than the whole', () => {
  expect(share(5, allowance(10))).toBe(0.5);
  expect(share(50, allowance(10))).toBe(1);
  expect(share(0, allowance(0))).toBe(1);
  expect(share(5, allowance(null))).toBeNull();
});
