import { expect, it } from 'vitest';
import { fuzzyFilter, fuzzyScore } from './fuzzy';

const best = (query: string, ...texts: string[]) => fuzzyFilter(texts, query, (text) => text);

it('prefers the beginning, then the beginning of a word, then the inside', () => {
  expect(best('gen', 'agenda', 'code-general', 'general')).toEqual(['general', 'code-general', 'agenda']);
});

it('finds initials and scattered letters', () => {
  expect(best('ot', 'off-topic', 'random')).toEqual(['off-topic']);
  expect(fuzzyScore('gnrl', 'general')).not.toBeNull();
});

it('ignores case and accents', () => {
  expect(fuzzyScore('cafe', 'Café')).not.toBeNull();
});

it('drops what does not match', () => {
  expect(best('xyz', 'general')).toEqual([]);
});
