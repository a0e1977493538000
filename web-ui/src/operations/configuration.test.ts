import { expect, test } from 'vitest';
import { matching, type Setting } from './configuration';

const setting = (path: string, change: Partial<Setting> = {}): Setting => ({
  path,
  meaning: `Means ${path}`,
  value: '1',
  default: '1',
  origin: 'default',
  place: null,
  configured: null,
  effect: 'next_start',
  pending: null,
  ...change,
});

const sections = [
  {
    name: 'node',
    meaning: '',
    settings: [setting('node.listen', { origin: 'flag', place: '--listen' }), setting('node.names')],
  },
  { name: 'audit', meaning: '', settings: [setting('audit.days', { pending: '30' })] },
];
const paths = (filter: Parameters<typeof matching>[1]) =>
  matching(sections, filter).flatMap((section) => section.settings.map(({ path }) => path));

test('all words have to be in a setting, wherever', () => {
  expect(paths({ q: '', isChanged: false })).toEqual(['node.listen', 'node.names', 'audit.days']);
  expect(paths({ q: 'NODE --listen', isChanged: false })).toEqual(['node.listen']);
  expect(paths({ q: 'nothing', isChanged: false })).toEqual([]);
});

test('changed are those that somebody set, and those that will be', () => {
  expect(paths({ q: '', isChanged: true })).toEqual(['node.listen', 'audit.days']);
  expect(matching(sections, { q: 'days', isChanged: true }).map(({ name }) => name)).toEqual(['audit']);
});
