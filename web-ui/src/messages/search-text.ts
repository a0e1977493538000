// The text of a search: its filters, and how what is half written is completed. The node does the searching.
import type { Id } from '../api/types';

export const FILTERS = ['from', 'before', 'after', 'has'] as const;
export type Filter = (typeof FILTERS)[number];

/** A filter at the end of what is typed, with as much of its value as is there. */
const OPEN = /(?:^|\s)-?(from|before|after|has):([^\s"]*)$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;
const MOST_PEOPLE = 6;

export interface Open {
  filter: Filter;
  value: string;
}

export function openFilter(query: string): Open | null {
  const [, filter, value] = OPEN.exec(query) ?? [];
  return filter === undefined ? null : { filter: filter.toLowerCase() as Filter, value: value ?? '' };
}

/** What can be searched for already: a filter whose value is still being written is left out. */
export function askable(query: string, isName: (username: string) => boolean): string {
  const open = openFilter(query);
  return (open && !isWhole(open, isName) ? query.replace(OPEN, '') : query).trim();
}

function isWhole({ filter, value }: Open, isName: (username: string) => boolean): boolean {
  if (filter === 'has') return value === 'link';
  if (filter === 'from') return value === 'me' || isName(value.replace(/^@/, '').toLowerCase());
  return DAY.test(value);
}

/** The query with another filter begun at its end. */
export function withFilter(query: string, filter: string): string {
  const before = query.replace(OPEN, (all, _, value: string) => (value === '' ? '' : all)).trim();
  return before === '' ? filter : `${before} ${filter}`;
}

/** The query with the value of the filter at its end written out. */
export function withValue(query: string, value: string): string {
  const { filter, value: begun } = openFilter(query) ?? { filter: null, value: '' };
  if (filter === null) return query;
  return `${query.slice(0, query.length - begun.length)}${value} `;
}

export interface Candidate {
  id: Id;
  username: string;
  name: string;
}

export type Suggestion =
  | { kind: 'person'; value: string; person: Candidate }
  | { kind: 'day'; value: string; ms: number }
  | { kind: 'has'; value: 'link' };

/** How the filter at the end of the query could go on; nothing once it is written out. */
export function suggestionsFor(query: string, people: Candidate[], me: Id, now: number): Suggestion[] {
  const open = openFilter(query);
  if (open === null) return [];
  const value = open.value.toLowerCase();
  const fits = (suggestion: Suggestion) => suggestion.value.startsWith(value) && suggestion.value !== value;
  if (open.filter === 'has') return [{ kind: 'has', value: 'link' } as const].filter(fits);
  if (open.filter === 'from') return peopleFor(value, people, me);
  const days = [0, 1, 7, 30].map((ago): Suggestion => {
    const ms = now - ago * DAY_MS;
    return { kind: 'day', value: dayOf(ms), ms };
  });
  return days.filter(fits);
}

function peopleFor(value: string, people: Candidate[], me: Id): Suggestion[] {
  const wanted = people.filter(
    ({ username, name }) =>
      username.toLowerCase() !== value &&
      (username.toLowerCase().startsWith(value) || name.toLowerCase().startsWith(value)),
  );
  const own = people.find(({ id }) => id === me);
  const others = wanted.filter(({ id }) => id !== me).map(asSuggestion);
  const isMe = own && 'me'.startsWith(value) && value !== 'me';
  return [...(isMe ? [{ kind: 'person', value: 'me', person: own } as const] : []), ...others].slice(
    0,
    MOST_PEOPLE,
  );
}

function asSuggestion(person: Candidate): Suggestion {
  return { kind: 'person', value: person.username, person };
}

/** 2026-11-21, by UTC. */
function dayOf(ms: number): string {
  // The node's days begin at midnight UTC.
  return new Date(ms).toISOString().slice(0, 10);
}
