import { describe, expect, it } from 'vitest';
import { decodeMentions, encodeMentions, pieces } from './mentions';

const ANN = '01890000-0000-7000-8000-000000000001';
const ROLE = '01890000-0000-7000-8000-000000000002';
const known = [
  { written: '@ann', carried: `<@${ANN}>` },
  { written: '@ann.b', carried: '<@other>' },
  { written: '@Big Mods', carried: `<@&${ROLE}>` },
];

describe('pieces', () => {
  it('finds people, roles, rooms, everyone and spoilers', () => {
    expect(pieces(`a <@${ANN}> <@&${ROLE}> <#${ANN}> @everyone ||x||`).map(({ kind }) => kind)).toEqual([
      'text',
      'user',
      'text',
      'role',
      'text',
      'room',
      'text',
      'everyone',
      'text',
      'spoiler',
    ]);
  });

  it('leaves addresses and unknown forms alone', () => {
    expect(pieces('me@everyone.org <@nobody>')).toEqual([
      { kind: 'text', text: 'me@everyone.org <@nobody>' },
    ]);
  });
});

describe('encoding', () => {
  it('takes the longest name and ignores case', () => {
    expect(encodeMentions('@Ann @ann.b @big mods', known)).toBe(`<@${ANN}> <@other> <@&${ROLE}>`);
  });

  it('does not touch code, longer words and mail addresses', () => {
    const text = 'x@ann `@ann` @annabel ```\n@ann\n```';
    expect(encodeMentions(text, known)).toBe(text);
  });

  it('comes back for editing', () => {
    const text = decodeMentions(`hi <@${ANN}> \`<@${ANN}>\``, (piece) =>
      piece.kind === 'user' ? '@ann' : null,
    );
    expect(text).toBe(`hi @ann \`<@${ANN}>\``);
  });
});
