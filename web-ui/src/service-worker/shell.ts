// The app's own files, kept in the browser: a version is there whole or not at all, and stays until a newer one is taken.
import { isHashed } from './routes';

export interface Shell {
  /** Of all that is in it. */
  version: string;
  /** Addresses; those without a hash in their name with what has to be in them. */
  files: [path: string, integrity?: string][];
}

const PREFIX = 'snug-shell-';
/** Files of this version, and of the one before it: a tab that still shows that may need more of them. */
const KEPT = 2;

const nameOf = ({ version }: Shell): string => `${PREFIX}${version}`;

/** Loads what is not here yet. */
export async function store(shell: Shell): Promise<void> {
  const cache = await caches.open(nameOf(shell));
  await Promise.all(
    shell.files.map(async ([path, integrity]) => {
      const known = isHashed(path) ? await caches.match(path) : undefined;
      const answer = known ?? (await fetch(path, integrity ? { integrity, cache: 'no-cache' } : {}));
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      await cache.put(path, answer);
    }),
  );
}

/** Makes room: the last versions stay. */
export async function tidy(shell: Shell): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== nameOf(shell));
  await Promise.all(old.slice(0, Math.max(0, old.length - (KEPT - 1))).map((name) => caches.delete(name)));
}

/** The app itself, for any of its pages. */
export async function page(shell: Shell): Promise<Response> {
  const kept = await (await caches.open(nameOf(shell))).match('/');
  return kept ?? fetch('/');
}

/** A file of this version, or of an earlier one. */
export async function file(shell: Shell, request: Request): Promise<Response> {
  const cache = await caches.open(nameOf(shell));
  const { pathname } = new URL(request.url);
  const kept =
    (await cache.match(pathname)) ?? (isHashed(pathname) ? await caches.match(pathname) : undefined);
  if (kept) return kept;
  const answer = await fetch(request);
  // Not part of every start: kept from its first use on.
  if (answer.ok && isHashed(pathname)) await cache.put(pathname, answer.clone());
  return answer;
}
