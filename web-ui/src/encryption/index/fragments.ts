import type { Fragment } from '../../api/types';
import type { Query, Term } from './query';
import { type Word, wordsOf } from './words';

const AROUND = 60;
const LONGEST = 240;

/** The part of a text around the first hit, with hits pointed out. */
export function fragmentsOf(text: string, query: Query): Fragment[] {
  const hits = hitsIn(text, query.terms);
  const [begin, end] = cut(text, hits[0]?.[0] ?? 0);
  const fragments: Fragment[] = [];
  const add = (from: number, to: number, is_hit: boolean) => {
    if (to > from) fragments.push({ text: text.slice(from, to), is_hit });
  };
  let at = begin;
  for (const [from, to] of hits) {
    if (from >= end) break;
    if (to <= at) continue;
    add(at, Math.max(at, from), false);
    add(Math.max(at, from), Math.min(to, end), true);
    at = Math.min(to, end);
  }
  add(at, end, false);
  const [first, last] = [fragments[0], fragments.at(-1)];
  if (first && begin > 0) first.text = `…${first.text}`;
  if (last && end < text.length) last.text = `${last.text}…`;
  return fragments;
}

function cut(text: string, hit: number): [number, number] {
  const wanted = hit > AROUND * 2 ? text.lastIndexOf(' ', hit - AROUND) + 1 : 0;
  const begin = hit - wanted > LONGEST / 2 ? hit - AROUND : wanted;
  // Never through the middle of a character.
  const whole = (at: number) => (isLow(text.charCodeAt(at)) ? at - 1 : at);
  return [whole(begin), text.length - begin <= LONGEST ? text.length : whole(begin + LONGEST)];
}

const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Places of hits in order: whole words for what begins or fills one, the whole word also for a part of one. */
function hitsIn(text: string, terms: readonly Term[]): [number, number][] {
  const words = wordsOf(text);
  const hits = terms.flatMap((term) =>
    words.flatMap((_, index): [number, number][] => {
      const row = words.slice(index, index + term.words.length);
      const [first, last] = [row[0], row.at(-1)];
      if (!first || !last || row.length < term.words.length) return [];
      return row.every((word, place) => isHit(word, term, place)) ? [[first.start, last.end]] : [];
    }),
  );
  return hits.map(([from, to]) => narrowed(text, [from, to], terms)).sort((a, b) => a[0] - b[0]);
}

function isHit(word: Word, { words, joined, match }: Term, place: number): boolean {
  const wanted = words[place] ?? '';
  if (word.isJoined !== (joined[place] ?? false)) return false;
  if (word.isJoined) return word.text.includes(wanted);
  if (match === 'part') return word.text.includes(wanted);
  return match === 'start' && place === words.length - 1
    ? word.text.startsWith(wanted)
    : word.text === wanted;
}

/** A run without spaces may be a whole sentence: only what was searched for is pointed out, where it stands as typed. */
function narrowed(text: string, [from, to]: [number, number], terms: readonly Term[]): [number, number] {
  const run = text.slice(from, to).normalize('NFKC');
  if (run.length !== to - from) return [from, to];
  for (const { words, joined } of terms) {
    const at = words.length === 1 && joined[0] ? run.indexOf(words[0] ?? '') : -1;
    if (at >= 0) return [from + at, from + at + (words[0]?.length ?? 0)];
  }
  return [from, to];
}
