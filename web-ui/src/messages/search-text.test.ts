import { expect, it } from 'vitest';
import { askable as askableWith, suggestionsFor, withFilter, withValue } from './search-text';

const people = [
  { id: 'user-me', username: 'ann', name: 'Ann Berg' },
  { id: 'user-bob', username: 'bob', name: 'Bob Lind' },
  { id: 'user-bea', username: 'bea77', name: 'Bob’s sister' },
];
const now = new Date(2026, 10, 21, 12).getTime();
const values = (query: string) => suggestionsFor(query, people, 'user-me', now).map(({ value }) => value);

const askable = (query: string) =>
  askableWith(query, (name) => people.some(({ username }) => username === name));

it('leaves out a filter that is being written', () => {
  expect(askable('rope from:')).toBe('rope');
  expect(askable('rope before:2026-1')).toBe('rope');
  expect(askable('has:')).toBe('');
  expect(askable('has:li')).toBe('');
  expect(askable('-from:')).toBe('');
  expect(askable('rope from:bo')).toBe('rope');
  expect(askable('rope from:@Bob')).toBe('rope from:@Bob');
  expect(askable('rope from:me')).toBe('rope from:me');
  expect(askable('rope from:zoe ')).toBe('rope from:zoe');
  expect(askable('  rope after:2026-11-01 ')).toBe('rope after:2026-11-01');
  expect(askable('has:link')).toBe('has:link');
  expect(askable('at 12:')).toBe('at 12:');
  expect(askable('"from:')).toBe('"from:');
});

it('suggests people, oneself first', () => {
  expect(values('from:')).toEqual(['me', 'bob', 'bea77']);
  expect(values('rope from:b')).toEqual(['bob', 'bea77']);
  expect(values('from:Bob')).toEqual(['bea77']);
  expect(values('from:m')).toEqual(['me']);
  expect(values('from:zoe')).toEqual([]);
});

it('suggests days and links', () => {
  expect(values('before:')).toEqual(['2026-11-21', '2026-11-20', '2026-11-14', '2026-10-22']);
  expect(values('after:2026-10')).toEqual(['2026-10-22']);
  expect(values('has:')).toEqual(['link']);
  expect(values('has:link')).toEqual([]);
  expect(values('rope')).toEqual([]);
});

it('writes filters and their values into the query', () => {
  expect(withFilter('', 'from:')).toBe('from:');
  expect(withFilter('rope ', 'has:link')).toBe('rope has:link');
  expect(withFilter('rope from:', 'before:')).toBe('rope before:');
  expect(withValue('rope from:b', 'bob')).toBe('rope from:bob ');
  expect(withValue('-has:', 'link')).toBe('-has:link ');
  expect(withValue('rope', 'bob')).toBe('rope');
});
