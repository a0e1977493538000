import { expect, test } from 'vitest';
import { emojiNameOf } from './emoji-name';

test('names of files become names of emoji', () => {
  expect(emojiNameOf('Party Parrot.gif')).toBe('party_parrot');
  expect(emojiNameOf('käse-2.PNG')).toBe('kase-2');
  expect(emojiNameOf('archive.tar.png')).toBe('archive_tar');
  expect(emojiNameOf('_blob_.webp')).toBe('blob');
  expect(emojiNameOf(`${'a'.repeat(40)}.png`)).toHaveLength(32);
  for (const nothing of ['x.png', '表情.png', '.png', '']) expect(emojiNameOf(nothing), nothing).toBeNull();
});
