import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const css = readFileSync('src/styles/theme.css', 'utf8');
const colours = new Map(
  [...css.matchAll(/--color-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
    ([, name = '', ...pair]) => [name, pair] as const,
  ),
);

/** What can lie under any text. */
const SURFACES = ['rail', 'side', 'canvas', 'raised', 'inset'];
const SOFT = ['accent-soft', 'danger-soft', 'warn-soft', 'good-soft'];

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** By WCAG 2: 1 for the same colour, 21 for black on white. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test.each([
  ['light', 0],
  ['dark', 1],
])('every text is read on everything it can lie on, %s', (_theme, at) => {
  const colour = (name: string): string =>
    colours.get(name)?.[at] ?? expect.fail(`theme.css has no --color-${name}`);
  for (const text of ['ink', 'muted', 'faint'])
    for (const surface of [...SURFACES, ...SOFT])
      expect(contrast(colour(text), colour(surface)), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
});
