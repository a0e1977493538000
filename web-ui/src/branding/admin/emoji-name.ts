/** The name that a file's emoji gets: what of its name an emoji's may have. Null where nothing is left. */
export function emojiNameOf(file: string): string | null {
  const name = file
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z\d_-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 32);
  return name.length >= 2 ? name : null;
}
