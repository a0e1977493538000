import { expect, test } from 'vitest';
import { ownPath } from './own-links';

test('addresses of this instance, now and before, are paths', () => {
  const former = ['https://old.example.org', 'https://192.0.2.7:8443/'];
  expect(ownPath(`${location.origin}/c/1?m=4`, former)).toBe('/c/1?m=4');
  expect(ownPath('https://old.example.org/s/1/2#x', former)).toBe('/s/1/2#x');
  expect(ownPath('https://192.0.2.7:8443/c/1', former)).toBe('/c/1');
  for (const other of [
    'https://old.example.org.evil.example/c/1',
    'https://old.example.org:8443/c/1',
    'http://old.example.org/c/1',
    'https://old.example.org/api/docs',
    'mailto:ann@old.example.org',
    'not an address',
  ]) {
    expect(ownPath(other, former), other).toBeNull();
  }
});
