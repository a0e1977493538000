import { expect, it } from 'vitest';
import { isEmojiOnly, parseMarkdown, plainText, safeUrl } from './markdown';

const types = (text: string) => parseMarkdown(text).children.map(({ type }) => type);

it('knows GFM, but no HTML, no setext headings and no indented code', () => {
  expect(types('~~x~~\n\n| a |\n| - |\n| b |')).toEqual(['paragraph', 'table']);
  expect(types('<b>x</b>')).toEqual(['paragraph']);
  expect(types('title\n=====')).toEqual(['paragraph']);
  expect(types('    x')).toEqual(['paragraph']);
});

it('leaves mentions as text', () => {
  const [paragraph] = parseMarkdown('<@01890000-0000-7000-8000-000000000001>').children;
  expect(paragraph).toMatchObject({ children: [{ type: 'text' }] });
});

it('follows only links to the web and mail', () => {
  expect(safeUrl('https://example.org')).not.toBeNull();
  expect(safeUrl('javascript:alert(1)')).toBeNull();
  expect(safeUrl('data:text/html,x')).toBeNull();
});

it('draws a few emoji alone large', () => {
  expect(isEmojiOnly('🎉 👩‍👩‍👧')).toBe(true);
  expect(isEmojiOnly('7')).toBe(false);
  expect(isEmojiOnly('🎉 yes')).toBe(false);
  const own = { ':cat:': '/cat' };
  expect(isEmojiOnly(':cat: 🎉 :cat:', own)).toBe(true);
  expect(isEmojiOnly(':dog:', own), 'there is no such picture').toBe(false);
});

it('gives the text without its marks', () => {
  expect(plainText('**a** `b`\n\n- c\n- [d](https://e.org)')).toBe('a b c d');
});
