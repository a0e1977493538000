// Imports go one way: ui, lib, crypto, api → state → domains → app.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '..');
const level: Record<string, number> = {
  styles: 0,
  i18n: 0,
  lib: 0,
  crypto: 0,
  'service-worker': 0,
  ui: 0,
  api: 0,
  state: 1,
  accounts: 2,
  branding: 2,
  servers: 2,
  messages: 2,
  encryption: 2,
  notifications: 2,
  operations: 2,
  app: 3,
};
/** The addresses are plain text, and every layer links. */
const open = 'app/paths';

function sources(): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && file.includes('/'),
  );
}

test('every import points downwards', () => {
  const wrong: string[] = [];
  for (const file of sources()) {
    const own = level[file.split('/')[0] ?? ''];
    if (own === undefined) continue;
    const text = readFileSync(join(src, file), 'utf8');
    for (const [, target] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const path = relative(src, resolve(join(src, dirname(file)), target ?? ''));
      const other = level[path.split('/')[0] ?? ''];
      if (other !== undefined && other > own && !path.startsWith(open)) wrong.push(`${file} imports ${path}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('primitives and helpers know neither the node nor the domains', () => {
  const wrong = sources().filter((file) => {
    const folder = file.split('/')[0];
    if (folder !== 'ui' && folder !== 'lib' && folder !== 'crypto') return false;
    return /from '\.\.\/(api|state|accounts|servers|messages|operations)\//.test(
      readFileSync(join(src, file), 'utf8'),
    );
  });
  expect(wrong).toEqual([]);
});

test('every folder has its place in the order', () => {
  const folders = new Set(sources().map((file) => file.split('/')[0] ?? ''));
  folders.delete('testing');
  expect([...folders].filter((folder) => level[folder] === undefined)).toEqual([]);
});
