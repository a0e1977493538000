import { expect, it } from 'vitest';
import { uuidv7 } from './uuid';

it('makes version 7 ids that sort in the order of their making', () => {
  const ids = Array.from({ length: 10_000 }, () => uuidv7());
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

it('carries the time', () => {
  const now = Date.now() + 3_600_000;
  expect(Number.parseInt(uuidv7(now).replaceAll('-', '').slice(0, 12), 16)).toBe(now);
});
