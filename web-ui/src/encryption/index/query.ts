// What is typed into the search field, for the index on this device. The same words and filters as the node knows
// (docs/features.md), except that a word is also found inside other words.
import { kept, wordsOf } from './words';

export interface Term {
  /** In a row; never empty. */
  words: string[];
  /** Of each word: whether its script has no spaces. */
  joined: boolean[];
  /** `whole`: these words; `start`: the last one may go on; `part`: one word, anywhere in a word of the text. */
  match: 'whole' | 'start' | 'part';
}

export interface Query {
  /** All of these have to be there. */
  terms: Term[];
  /** None of these may be there. */
  excluded: Term[];
  /** A username in lower case, or `me`. */
  from: string | null;
  /** Unix milliseconds. */
  before: number | null;
  after: number | null;
  hasLink: boolean;
}

/** Letters from which on a word is also looked for inside of others. */
const PART = 2;
const TERMS = 16;
const LONGEST = 200;
const PIECE = /([-−](?=\S))?(?:["“”„«»]([^"“”„«»]*)["“”„«»]?(\*?)|(\S+))/gu;
const FILTER = /^(from|has|before|after):(.*)$/i;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Takes a query apart; null when it asks for nothing, or for what the node will refuse with a reason. */
export function parseQuery(text: string): Query | null {
  const query: Query = { terms: [], excluded: [], from: null, before: null, after: null, hasLink: false };
  if (text.length > LONGEST) return null;
  let count = 0;
  for (const [, minus, phrase, star, bare = ''] of text.matchAll(PIECE)) {
    count += 1;
    if (count > TERMS) return null;
    const filter = phrase === undefined ? FILTER.exec(bare) : null;
    if (filter) {
      if (minus || !apply(query, filter[1] ?? '', filter[2] ?? '')) return null;
      continue;
    }
    const isStart = star === '*' || bare.endsWith('*');
    const term = termOf(
      phrase ?? bare,
      isStart ? 'start' : phrase === undefined && !minus ? 'part' : 'whole',
    );
    if (term) (minus ? query.excluded : query.terms).push(term);
  }
  const { terms, excluded, from, before, after, hasLink } = query;
  const isEmpty =
    terms.length + excluded.length === 0 && !from && before === null && after === null && !hasLink;
  return isEmpty ? null : query;
}

function termOf(text: string, wanted: Term['match']): Term | null {
  const found = wordsOf(kept(text));
  const last = found.at(-1);
  if (!last) return null;
  const [words, joined] = [found.map((word) => word.text), found.map((word) => word.isJoined)];
  const isLong = [...last.text].length >= PART;
  if (wanted === 'part' && !last.isJoined && !isLong) return { words, joined, match: 'whole' };
  // Several words of one piece ("don't") stand in a row; the last may go on.
  return { words, joined, match: wanted === 'part' && words.length > 1 ? 'start' : wanted };
}

function apply(query: Query, name: string, value: string): boolean {
  switch (name.toLowerCase()) {
    case 'from':
      query.from = value.replace(/^@+/, '').toLowerCase();
      return query.from !== '';
    case 'has':
      query.hasLink = true;
      return value.toLowerCase() === 'link';
    default: {
      const day = dayOf(value);
      query[name.toLowerCase() as 'before' | 'after'] = day;
      return day !== null;
    }
  }
}

/** The beginning of a day in UTC. */
function dayOf(value: string): number | null {
  const [, year, month, day] = DAY.exec(value) ?? [];
  if (year === undefined) return null;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return new Date(ms).toISOString().startsWith(value) ? ms : null;
}

/** What a term looks like in a line of words (`lineOf`): with spaces where a word has to end. */
export function needleOf({ words, joined, match }: Term): string {
  const begins = match !== 'part' && joined[0] !== true;
  const ends = match === 'whole' && joined.at(-1) !== true;
  return `${begins ? ' ' : ''}${words.join(' ')}${ends ? ' ' : ''}`;
}
