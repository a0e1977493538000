// @vitest-environment node
import { describe, expect, test } from 'vitest';
import { outcome } from '../testing/e2ee-actors';
import { named, namedId } from '../testing/e2ee-vectors';
import { fileShape } from './attachment';
import { readContent } from './content';
import { b64u, utf8 } from './encoding';
import { type FileReference, readFiles, writeFile } from './file-reference';

const heads = { c: [0, 'A'.repeat(22)], a: [0, 'A'.repeat(22)] };
const file: FileReference = {
  id: await namedId('file'),
  shape: fileShape(200_000),
  secret: { key: await named('filekey'), salt: await named('filesalt', 16) },
  sha256: b64u(await named('hash')),
  mime: 'image/png',
  name: 'hedgehog.png',
  thumb: {
    id: await namedId('thumb'),
    shape: fileShape(900),
    secret: { key: await named('thumbkey'), salt: await named('thumbsalt', 16) },
    sha256: b64u(await named('thumbhash')),
    mime: 'image/webp',
    name: '',
    thumb: null,
    more: {},
  },
  more: { w: 3, h: 4, blurhash: 'LEHV6nWB2yk8' },
};

function contentWith(fields: object) {
  return readContent('msg', utf8(JSON.stringify({ v: 1, t: 'file', ...fields, h: heads, n: 1 })));
}

describe('the files of a message', () => {
  test('are read as they were written', () => {
    expect(readFiles(contentWith({ files: [writeFile(file)] }))).toEqual([file]);
    expect(readFiles(contentWith({}))).toEqual([]);
  });

  test('are described in full, with sizes that fit each other', async () => {
    const json = writeFile(file);
    const read = (change: object) =>
      outcome(async () => readFiles(contentWith({ files: [{ ...json, ...change }] })));
    expect(await read({})).toBe('ok');
    expect(await read({ chunk: 2_000_000 })).toBe('e2ee_too_large');
    for (const bad of [
      { id: 1 },
      { ct_size: 7 },
      { size: -1 },
      { chunk: 0 },
      { key: 'AA' },
      { salt: null },
      { sha256: 'x' },
      { mime: 7 },
      { name: 'x'.repeat(2_000) },
      { thumb: {} },
      { thumb: 7 },
    ]) {
      expect(await read(bad)).toBe('bad_format');
    }
    const many = { files: Array.from({ length: 101 }, () => json) };
    expect(await outcome(async () => readFiles(contentWith(many)))).toBe('bad_format');
    // A picture of a picture of a picture is not followed.
    const deep = { ...json, thumb: { ...writeFile(file) } };
    expect(readFiles(contentWith({ files: [deep] }))[0]?.thumb?.thumb).toBeNull();
  });
});
