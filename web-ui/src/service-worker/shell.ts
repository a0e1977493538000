// The app's own files, kept in the browser: a version is there whole or not at all, and stays until a newer one is taken.
import { isHashed, OWN } from './routes';

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

/** What the instance has of its own. Of no version: it changes while the app stays. */
const BRANDING = 'snug-branding';
/** How long the node is waited for where what it said last is here. */
const PATIENCE_MS = 1_500;

/** Loads what is not here yet. */
export async function store(shell: Shell): Promise<void> {
  await Promise.all(OWN.map((path) => own(path).catch(() => undefined)));
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

/** A file of the instance's own: as the node has it now, or as it was the last time. */
export async function own(path: string): Promise<Response> {
  const cache = await caches.open(BRANDING);
  const kept = await cache.match(path);
  const asked = fetch(path, { cache: 'no-cache' }).then(async (answer) => {
    if (answer.ok) await cache.put(path, answer.clone());
    return answer.ok ? answer : (kept ?? answer);
  });
  if (!kept) return asked;
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  return Promise.race([asked, late]).catch(() => kept);
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
