// A part of the index: up to 1,024 messages with the words that occur in them. Never changed, only made anew.
import type { Id } from '../../api/types';
import { needleOf, type Query, type Term } from './query';
import { hasLink, lineOf, wordsOf } from './words';

/** A message as the index keeps it. */
export interface Entry {
  id: Id;
  conversation: Id;
  seq: number;
  author: Id;
  /** Unix milliseconds. */
  at: number;
  editedAt: number | null;
  /** When it goes away; null: never. */
  expiresAt: number | null;
  /** In the form of `kept`. */
  text: string;
}

/** What a segment looks like outside of memory. */
export interface StoredSegment {
  entries: Entry[];
  /** Every word between line breaks, one at the beginning and one at the end. */
  words: string;
  /** By word: where its row of places begins in `places`. One more than there are words. */
  starts: Uint32Array<ArrayBuffer>;
  /** Places of entries, word by word. */
  places: Uint16Array<ArrayBuffer>;
}

export const SEGMENT_SIZE = 1_024;

export function buildSegment(entries: Entry[]): Segment {
  const rows = new Map<string, number[]>();
  entries.forEach((entry, place) => {
    for (const token of tokensOf(entry.text)) {
      const row = rows.get(token);
      if (!row) rows.set(token, [place]);
      else if (row.at(-1) !== place) row.push(place);
    }
  });
  const starts = new Uint32Array(rows.size + 1);
  const places = new Uint16Array([...rows.values()].reduce((sum, row) => sum + row.length, 0));
  let [word, at] = [0, 0];
  for (const row of rows.values()) {
    places.set(row, at);
    at += row.length;
    word += 1;
    starts[word] = at;
  }
  return new Segment({
    entries,
    words: `\n${[...rows.keys()].map((token) => `${token}\n`).join('')}`,
    starts,
    places,
  });
}

export class Segment {
  readonly stored: StoredSegment;
  /** Where in `words` each word begins. */
  #offsets: Uint32Array;

  constructor(stored: StoredSegment) {
    this.stored = stored;
    const { words, starts } = stored;
    this.#offsets = new Uint32Array(starts.length);
    for (let at = 1, word = 0; at < words.length; word += 1) {
      this.#offsets[word] = at;
      at = words.indexOf('\n', at) + 1;
    }
  }

  /** By place: whether the entry may fit. Phrases still have to be checked (`fitsExactly`). */
  candidates(query: Query): Uint8Array {
    const all = new Uint8Array(this.stored.entries.length).fill(1);
    for (const term of query.terms) keepBoth(all, this.#having(term));
    for (const term of query.excluded) {
      if (isCertain(term)) drop(all, this.#having(term));
    }
    return all;
  }

  #having(term: Term): Uint8Array {
    const [all, ...rest] = lookUps(term).map((lookUp) => this.#look(lookUp));
    const found = all ?? new Uint8Array(this.stored.entries.length);
    for (const other of rest) keepBoth(found, other);
    return found;
  }

  #look(needle: string): Uint8Array {
    const { entries, words, starts, places } = this.stored;
    const found = new Uint8Array(entries.length);
    for (let at = words.indexOf(needle); at >= 0; ) {
      const word = this.#wordAt(needle.startsWith('\n') ? at + 1 : at);
      for (let row = starts[word] ?? 0; row < (starts[word + 1] ?? 0); row += 1) found[places[row] ?? 0] = 1;
      // On with the next word: one hit in a word is enough.
      at = words.indexOf(needle, (this.#offsets[word + 1] || words.length + 1) - 1);
    }
    return found;
  }

  #wordAt(offset: number): number {
    let [low, high] = [0, this.#offsets.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#offsets[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** What is written into the index for a text: words, and pairs of characters where there are no spaces. */
function tokensOf(text: string): string[] {
  return wordsOf(text).flatMap((word) => (word.isJoined ? pairsOf(word.text, true) : [word.text]));
}

/** Overlapping pairs; at the end of a run also its last character alone, so that each one begins something. */
function pairsOf(run: string, withLast: boolean): string[] {
  const characters = [...run];
  const pairs = characters.slice(1).map((next, before) => `${characters[before]}${next}`);
  const last = characters.at(-1);
  return withLast || pairs.length === 0 ? [...pairs, last ?? ''] : pairs;
}

/** What to look for among the words; all of it has to be there. */
function lookUps({ words, joined, match }: Term): string[] {
  return words.flatMap((word, index) => {
    const isLast = index === words.length - 1;
    if (joined[index]) {
      const characters = [...word];
      return characters.length === 1 ? [`\n${word}`] : pairsOf(word, false).map((pair) => `\n${pair}\n`);
    }
    if (match === 'part') return [word];
    return match === 'start' && isLast ? [`\n${word}`] : [`\n${word}\n`];
  });
}

/** Whether the words alone tell that the term is there. */
const isCertain = ({ words, joined }: Term): boolean =>
  words.length === 1 && (joined[0] !== true || [...(words[0] ?? '')].length <= 2);

function keepBoth(into: Uint8Array, other: Uint8Array): void {
  for (let at = 0; at < into.length; at += 1) into[at] = (into[at] ?? 0) & (other[at] ?? 0);
}

function drop(from: Uint8Array, other: Uint8Array): void {
  for (let at = 0; at < from.length; at += 1) if (other[at]) from[at] = 0;
}

/** What a query wants of one entry, besides the words that the index has already told. */
export function fitsExactly(entry: Entry, query: Query): boolean {
  if (query.before !== null && entry.at >= query.before) return false;
  if (query.after !== null && entry.at < query.after) return false;
  if (query.hasLink && !hasLink(entry.text)) return false;
  const uncertain =
    query.terms.some((term) => !isCertain(term)) || query.excluded.some((term) => !isCertain(term));
  return !uncertain || fitsLine(lineOf(wordsOf(entry.text)), query);
}

/** The definition of a hit: the needles of all terms stand in the line, those of the excluded don't. */
export function fitsLine(line: string, { terms, excluded }: Query): boolean {
  return (
    terms.every((term) => line.includes(needleOf(term))) &&
    !excluded.some((term) => line.includes(needleOf(term)))
  );
}
