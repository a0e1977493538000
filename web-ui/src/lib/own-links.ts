/** The path of an address that leads here, also under a name that the instance had before; null for other addresses. */
export function ownPath(href: string, formerUrls: readonly string[]): string | null {
  if (!URL.canParse(href)) return null;
  const { origin, pathname, search, hash } = new URL(href);
  const isOwn = [location.origin, ...formerUrls].some(
    (own) => URL.canParse(own) && new URL(own).origin === origin,
  );
  return isOwn && !pathname.startsWith('/api/') ? pathname + search + hash : null;
}
