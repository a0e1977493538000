// Mentions as messages carry them: <@user id>, <@&role id>, <#room id>, @everyone.

export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'user' | 'role' | 'room'; id: string }
  | { kind: 'everyone' }
  | { kind: 'spoiler'; text: string };

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const PIECE = new RegExp(`<(@&|@|#)(${ID})>|(?<![\\w@])@everyone\\b|\\|\\|(.+?)\\|\\|`, 'gis');
const KINDS = { '@': 'user', '@&': 'role', '#': 'room' } as const;

/** Splits plain text (not code) at its mentions and spoilers. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(PIECE)) {
    if (match.index > end) found.push({ kind: 'text', text: text.slice(end, match.index) });
    const [whole, sign, id, hidden] = match;
    if (id !== undefined) found.push({ kind: KINDS[sign as keyof typeof KINDS], id: id.toLowerCase() });
    else if (hidden !== undefined) found.push({ kind: 'spoiler', text: hidden });
    else found.push({ kind: 'everyone' });
    end = match.index + whole.length;
  }
  if (end < text.length) found.push({ kind: 'text', text: text.slice(end) });
  return found;
}

/** Something that can be mentioned: what people write, and what the message carries. */
export interface Mentionable {
  /** As written: `@ann`, `@Moderators`, `#general`. */
  written: string;
  /** As carried: `<@…>`, `<@&…>`, `<#…>`. */
  carried: string;
}

const CODE = /(`{3,})[\s\S]*?(?:\1|$)|(`+)(?!`)[\s\S]*?[^`]\2(?!`)/g;

/** Turns written mentions into carried ones, everywhere but in code. */
export function encodeMentions(text: string, known: Mentionable[]): string {
  if (known.length === 0) return text;
  const byWritten = new Map(known.map((entry) => [entry.written.toLowerCase(), entry.carried]));
  const longestFirst = [...byWritten.keys()].sort((a, b) => b.length - a.length).map(escapeRegExp);
  const pattern = new RegExp(`(?<![\\w@#/])(?:${longestFirst.join('|')})(?![\\w-])`, 'gi');
  return outsideCode(text, (plain) =>
    plain.replace(pattern, (written) => byWritten.get(written.toLowerCase()) ?? written),
  );
}

/** The reverse, for editing a message. */
export function decodeMentions(text: string, name: (piece: Piece) => string | null): string {
  return outsideCode(text, (plain) =>
    plain.replace(new RegExp(`<(@&|@|#)(${ID})>`, 'gi'), (whole, sign: keyof typeof KINDS, id: string) => {
      return name({ kind: KINDS[sign], id: id.toLowerCase() }) ?? whole;
    }),
  );
}

function outsideCode(text: string, change: (plain: string) => string): string {
  let changed = '';
  let end = 0;
  for (const match of text.matchAll(CODE)) {
    changed += change(text.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return changed + change(text.slice(end));
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
