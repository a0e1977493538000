// Cuts text into the words that the index on this device holds: runs of letters and digits, in lower case and without
// accents. Scripts that put no spaces between words stay whole runs here; the index cuts them into pairs.

/** A word of a text; `start` and `end` are places in the text as it was given. */
export interface Word {
  text: string;
  start: number;
  end: number;
  /** Of a script that puts no spaces between words (Chinese, Japanese, Korean, Thai and their like). */
  isJoined: boolean;
}

/** Of a longer word only the beginning counts. */
const LONGEST = 64;

const JOINED =
  /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]$/u;
const LETTER = /^[\p{L}\p{N}\p{M}]$/u;
const NOT_FOLDED = /[^\p{L}\p{N}]/gu;
/** Ids are no words. */
const MENTION = /<(?:@&?|#)[0-9a-f-]{36}>/y;
const LINK = /https?:\/\/[\p{L}\p{N}]/u;
const TWO_WAYS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
};

enum Sort {
  Break = 0,
  Letter = 1,
  Joined = 2,
}

/** Beyond ASCII: what a character is and how it is folded. Texts use few different ones. */
const known = new Map<string, { sort: Sort; folded: string }>();
const MOST_KNOWN = 20_000;

function look(c: string): { sort: Sort; folded: string } {
  let found = known.get(c);
  if (!found) {
    const sort = !LETTER.test(c) ? Sort.Break : JOINED.test(c) ? Sort.Joined : Sort.Letter;
    found = { sort, folded: sort === Sort.Break ? '' : sort === Sort.Joined ? c.normalize('NFKC') : fold(c) };
    if (known.size < MOST_KNOWN) known.set(c, found);
  }
  return found;
}

function fold(c: string): string {
  const plain = c.normalize('NFKD').toLowerCase().normalize('NFKD').replace(NOT_FOLDED, '');
  return Array.from(plain, (letter) => TWO_WAYS[letter] ?? letter).join('');
}

/** The form in which texts are kept, so that an accent of its own makes no other word. */
export const kept = (text: string): string => text.normalize('NFC');

/** Whether the text has an address that a browser would open. */
export const hasLink = (text: string): boolean => LINK.test(text);

/** The words of a text, in order. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let word: Word | null = null;
  let length = 0;
  const end = () => {
    if (word && word.text !== '') words.push(word);
    word = null;
    length = 0;
  };
  const add = (folded: string, at: number, next: number, isJoined: boolean) => {
    if (word && word.isJoined !== isJoined) end();
    word ??= { text: '', start: at, end: next, isJoined };
    word.end = next;
    // A run of a script without spaces is a whole sentence, not one word.
    if (isJoined || length < LONGEST) word.text += folded;
    length += 1;
  };
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) ?? 0;
    const next = at + (code > 0xffff ? 2 : 1);
    if (code < 0x80) {
      const isLetter =
        (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
      if (isLetter) add(text.charAt(at).toLowerCase(), at, next, false);
      else {
        end();
        MENTION.lastIndex = at;
        if (code === 60 && MENTION.test(text)) {
          at = MENTION.lastIndex;
          continue;
        }
      }
    } else {
      const { sort, folded } = look(text.slice(at, next));
      if (sort === Sort.Break) end();
      else add(folded, at, next, sort === Sort.Joined);
    }
    at = next;
  }
  end();
  return words;
}

/** Words as one line that begins and ends with a space: what phrases are looked for in. */
export const lineOf = (words: readonly Word[]): string =>
  words.length === 0 ? ' ' : ` ${words.map(({ text }) => text).join(' ')} `;
