// A file as a message describes it: where it lies, how it opens, and what it is shown as until then.
import { describedShape, type FileSecret, type FileShape } from './attachment';
import type { Content } from './content';
import { b64u, type Id } from './encoding';
import type { Fields } from './fields';

const FILES = 100;
const NAME_UNITS = 1_024;
const MIME_UNITS = 256;

export interface FileReference {
  /** The blob on the node. */
  id: Id;
  shape: FileShape;
  secret: FileSecret;
  /** Base64url of the SHA-256 of the ciphertext. */
  sha256: string;
  mime: string;
  name: string;
  /** Its small picture: a file of its own. */
  thumb: FileReference | null;
  /** Width, height, duration, blurhash, and what later versions add. */
  more: Record<string, unknown>;
}

/** The files of a message; `bad_format` when they are not described as they have to be. */
export function readFiles({ fields }: Content): FileReference[] {
  return fields.has('files') ? fields.objects('files', FILES).map((file) => readFile(file, true)) : [];
}

function readFile(file: Fields, mayHaveThumb: boolean): FileReference {
  const sizes = { size: file.int('size'), ct_size: file.int('ct_size'), chunk: file.int('chunk', 1) };
  const thumb = mayHaveThumb && file.has('thumb') ? readFile(file.object('thumb'), false) : null;
  return {
    id: file.id('id'),
    shape: describedShape(sizes),
    secret: { key: file.bytes('key', 32), salt: file.bytes('salt', 16) },
    sha256: b64u(file.bytes('sha256', 32)),
    mime: file.text('mime', MIME_UNITS),
    name: file.text('name', NAME_UNITS),
    thumb,
    more: file.rest(),
  };
}

/** The description of a file, for the field `files` of a message. */
export function writeFile({ id, shape, secret, sha256, mime, name, thumb, more }: FileReference): object {
  return {
    id,
    size: shape.size,
    ct_size: shape.ctSize,
    chunk: shape.chunk,
    key: b64u(secret.key),
    salt: b64u(secret.salt),
    sha256,
    mime,
    name,
    ...(thumb && { thumb: writeFile(thumb) }),
    ...more,
  };
}
