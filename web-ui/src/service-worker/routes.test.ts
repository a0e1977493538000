import { expect, test } from 'vitest';
import { isPage, sharePage } from './routes';

test('the pages of the app are the shell, everything of the node is asked of the node', () => {
  for (const path of ['/', '/c', '/s/0190/0191', '/settings/account', '/invite/ABCDE', '/share', '/apiary']) {
    expect(isPage(path), path).toBe(true);
  }
  const others = [
    '/api/v1/sync',
    '/api/docs',
    '/trust',
    '/trust/trust.js',
    '/ca.crt',
    '/healthz',
    '/readyz',
    '/assets/x',
    '/favicon.svg',
    '/branding.css',
    '/manifest.webmanifest',
    '/service-worker.js',
  ];
  for (const path of others) expect(isPage(path), path).toBe(false);
});

const shared = (fields: Record<string, unknown>) =>
  new URLSearchParams(sharePage(new Map(Object.entries(fields))).split('#')[1]).get('text');

test('what is shared becomes one text, nothing in it twice', () => {
  expect(shared({ title: 'Tides', text: 'High at nine', url: 'https://tides.example/' })).toBe(
    'Tides\nHigh at nine\nhttps://tides.example/',
  );
  expect(shared({ title: 'Same', text: 'Same' })).toBe('Same');
  expect(shared({ text: 'See https://tides.example/', url: 'https://tides.example/' })).toBe(
    'See https://tides.example/',
  );
  expect(shared({ url: 'https://tides.example/' })).toBe('https://tides.example/');
});

test('nonsense shares nothing, and only so much', () => {
  expect(shared({ title: new Blob(), text: null })).toBe('');
  expect(shared({ text: 'x'.repeat(50_000) })).toHaveLength(20_000);
});
