import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fragmentsOf } from './fragments';
import { type Asked, IndexInMemory } from './message-index';
import { needleOf, parseQuery } from './query';
import type { Entry } from './segment';
import { hasLink, kept, lineOf, wordsOf } from './words';

const DAY = 86_400_000;

function entry(id: string, text: string, change: Partial<Entry> = {}): Entry {
  return {
    id,
    conversation: 'c1',
    seq: 1,
    author: 'ann',
    at: 1_000,
    editedAt: null,
    expiresAt: null,
    text: kept(text),
    ...change,
  };
}

const asked = (query: string, change: Partial<Asked> = {}): Asked => ({
  query,
  from: null,
  conversations: null,
  after: null,
  limit: 1_000,
  ...change,
});

function found(texts: string[], query: string): string[] {
  const index = new IndexInMemory();
  index.put(texts.map((text, at) => entry(`m${at}`, text, { at: texts.length - at })));
  return index.search(asked(query), 0).hits.map(({ entry: { text } }) => text);
}

describe('words', () => {
  it('are found by case, accents, and anywhere inside from two letters on', () => {
    const texts = ['Crème brûlée', 'The gardener', 'garden party', 'Straße', 'a b'];
    expect(found(texts, 'creme')).toEqual(['Crème brûlée']);
    expect(found(texts, 'BRÛ')).toEqual(['Crème brûlée']);
    expect(found(texts, 'arde')).toEqual(['The gardener', 'garden party']);
    expect(found(texts, 'ar')).toEqual(['The gardener', 'garden party']);
    expect(found(texts, 'strasse')).toEqual(['Straße']);
    expect(found(texts, 'a')).toEqual(['a b']);
  });

  it('phrases, beginnings and exclusions', () => {
    const texts = ['garden party', 'party in the garden', 'garden parties', "don't panic"];
    expect(found(texts, '"garden party"')).toEqual(['garden party']);
    expect(found(texts, '"garden part"')).toEqual([]);
    expect(found(texts, '"garden part"*')).toEqual(['garden party', 'garden parties']);
    expect(found(texts, 'gard* -parties')).toEqual(['garden party', 'party in the garden']);
    expect(found(texts, "don't")).toEqual(["don't panic"]);
    expect(found(texts, 'arden*')).toEqual([]);
  });

  it('scripts without spaces are found in the middle', () => {
    const texts = ['明日は東京タワーへ行く', '京東', '안녕하세요 여러분', 'สวัสดีชาวโลก', 'Aを東'];
    expect(found(texts, '東京')).toEqual(['明日は東京タワーへ行く']);
    expect(found(texts, '京タワー')).toEqual(['明日は東京タワーへ行く']);
    expect(found(texts, '東')).toEqual(['明日は東京タワーへ行く', '京東', 'Aを東']);
    expect(found(texts, '녕하')).toEqual(['안녕하세요 여러분']);
    expect(found(texts, 'ชาว')).toEqual(['สวัสดีชาวโลก']);
  });

  it('ids of mentions are none', () => {
    expect(found(['<@01890000-0000-7000-8000-000000000abc> hello'], 'abc')).toEqual([]);
  });
});

describe('filters', () => {
  const index = new IndexInMemory();
  index.put([
    entry('old', 'https://example.org roses', { at: Date.UTC(2026, 4, 1) - 1 }),
    entry('new', 'roses', { at: Date.UTC(2026, 4, 1), author: 'ben', conversation: 'c2' }),
    entry('gone', 'roses', { at: Date.UTC(2026, 4, 2), expiresAt: Date.UTC(2026, 4, 3) }),
  ]);
  const now = Date.UTC(2026, 4, 3);
  const ids = (query: string, change: Partial<Asked> = {}) =>
    index.search(asked(query, change), now).hits.map(({ entry: { id } }) => id);

  it('day, link, author, conversation; what has expired is not found', () => {
    expect(ids('roses')).toEqual(['new', 'old']);
    expect(ids('before:2026-05-01')).toEqual(['old']);
    expect(ids('after:2026-05-01 rose')).toEqual(['new']);
    expect(ids('has:link')).toEqual(['old']);
    expect(ids('from:ben', { from: 'ben' })).toEqual(['new']);
    expect(ids('from:nobody')).toEqual([]);
    expect(ids('roses', { conversations: ['c2'] })).toEqual(['new']);
  });

  it('what the node refuses finds nothing', () => {
    for (const query of [
      'has:cheese',
      'before:yesterday',
      'after:2026-02-30',
      'from:',
      '-from:ann',
      ' ',
      '!?',
    ]) {
      expect(parseQuery(query)).toBeNull();
    }
  });
});

describe('changes', () => {
  it('edits and deletions', () => {
    const index = new IndexInMemory();
    index.put([entry('m', 'first')]);
    index.settle(0);
    expect(index.put([entry('m', 'first')])).toBe(false);
    index.put([entry('m', 'second', { editedAt: 5 })]);
    expect(index.search(asked('first'), 0).hits).toEqual([]);
    expect(index.search(asked('second'), 0).hits).toHaveLength(1);
    index.remove(['m']);
    expect(index.search(asked('second'), 0).hits).toEqual([]);
    expect(index.size).toBe(0);
  });

  it('a stored segment no longer holds what was deleted', () => {
    const index = new IndexInMemory();
    index.put(Array.from({ length: 1_100 }, (_, at) => entry(`m${at}`, `secret${at} text`, { at })));
    expect(index.settle(0).get(1)?.stored.words).toContain('secret5\n');
    index.remove(['m5']);
    const stored = index.settle(0).get(1)?.stored;
    expect(stored?.words).not.toContain('secret5\n');
    expect(stored?.entries.some(({ id }) => id === 'm5')).toBe(false);
  });

  it('the oldest make room', () => {
    const index = new IndexInMemory(1_000);
    index.put(Array.from({ length: 1_600 }, (_, at) => entry(`m${at}`, 'text', { at })));
    index.settle(0);
    expect(index.size).toBe(1_000);
    expect(index.oldest?.id).toBe('m600');
  });

  it('pages follow each other without gap or repetition', () => {
    const index = new IndexInMemory();
    index.put(Array.from({ length: 100 }, (_, at) => entry(`m${at}`, 'text', { at: Math.floor(at / 3) })));
    const ids: string[] = [];
    let after: Asked['after'] = null;
    do {
      const page = index.search(asked('text', { limit: 7, after }), 0);
      ids.push(...page.hits.map(({ entry: { id } }) => id));
      after = page.next;
    } while (after);
    expect(new Set(ids).size).toBe(100);
  });
});

const vocabulary = fc.constantFrom(
  ...[
    'garden',
    'gardener',
    'party',
    'Öl',
    'öle',
    'a',
    'it',
    "don't",
    '東京',
    '東',
    '京都',
    'タワー',
    'Aを',
    'ชาวโลก',
  ],
  ...['안녕', 'https://x.org', 'e\u0301te', 'ﬁne', '12:30', '-', '"', '👍', 'straße', 'İ'],
);
const text = fc.array(vocabulary, { maxLength: 6 }).map((words) => words.join(' '));
const glued = fc.array(vocabulary, { maxLength: 4 }).map((words) => words.join(''));
const message = fc.oneof(text, glued, fc.string({ unit: 'grapheme', maxLength: 30 }));
const piece = fc.oneof(
  vocabulary,
  vocabulary.map((word) => word.slice(0, 2)),
  vocabulary.map((word) => word.slice(1)),
  vocabulary.map((word) => `-${word}`),
  vocabulary.map((word) => `${word}*`),
  text.map((phrase) => `"${phrase}"`),
  fc.constantFrom('has:link', 'before:1970-01-03', 'after:1970-01-02'),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
);

/** The same question without an index: every message is read. */
function scan(entries: Entry[], text: string): string[] {
  const query = parseQuery(text);
  if (!query) return [];
  return entries
    .filter((one) => {
      const line = lineOf(wordsOf(one.text));
      return (
        query.terms.every((term) => line.includes(needleOf(term))) &&
        !query.excluded.some((term) => line.includes(needleOf(term))) &&
        (!query.hasLink || hasLink(one.text)) &&
        (query.before === null || one.at < query.before) &&
        (query.after === null || one.at >= query.after)
      );
    })
    .sort((a, b) => b.at - a.at)
    .map(({ id }) => id);
}

it('the index finds what reading every message finds', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 30 }),
      fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(' ')),
      fc.array(fc.tuple(fc.nat(29), fc.option(message)), { maxLength: 6 }),
      fc.boolean(),
      (texts, query, changes, isSettled) => {
        const entries = new Map<string, Entry>();
        texts.forEach((one, at) => {
          entries.set(`m${at}`, entry(`m${at}`, one, { at: (at * DAY) / 10 }));
        });
        const index = new IndexInMemory();
        index.put([...entries.values()]);
        if (isSettled) index.settle(0);
        for (const [at, changed] of changes) {
          const known = entries.get(`m${at}`);
          if (!known) continue;
          if (changed === null) {
            entries.delete(known.id);
            index.remove([known.id]);
          } else {
            const next = { ...known, text: kept(changed), editedAt: 1 };
            entries.set(known.id, next);
            index.put([next]);
          }
        }
        const hits = index.search(asked(query), 0).hits.map(({ entry: { id } }) => id);
        expect(hits).toEqual(scan([...entries.values()], query));
      },
    ),
    { numRuns: 2_000 },
  );
});

it('fragments are pieces of the text, and point out the hit', () => {
  const query = parseQuery('rose*');
  const long = `${'word '.repeat(100)}roses ${'word '.repeat(100)}`;
  const fragments = query ? fragmentsOf(long, query) : [];
  expect(fragments.filter(({ is_hit }) => is_hit).map(({ text }) => text)).toEqual(['roses']);
  expect(fragments.map(({ text }) => text).join('').length).toBeLessThan(260);
  fc.assert(
    fc.property(message, piece, (text, asked) => {
      const parsed = parseQuery(asked);
      if (!parsed) return;
      const joined = fragmentsOf(text, parsed)
        .map((fragment) => fragment.text)
        .join('');
      expect(joined).toBe(text);
    }),
  );
});
