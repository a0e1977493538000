import { t } from '@lingui/core/macro';

/** Why a username is refused, or null. The node has the last word. */
export function refuseUsername(username: string): string | null {
  if (username.length < 2) return t`Use at least 2 characters.`;
  if (username.length > 32) return t`Use at most 32 characters.`;
  if (!/^[a-z0-9._-]+$/i.test(username)) {
    return t`Use only letters a–z, digits, dots, dashes and underscores.`;
  }
  return null;
}

/** Why an e-mail address is refused, or null. Empty is fine: it is optional. */
export function refuseEmail(email: string): string | null {
  if (email === '' || /^[^\s@]+@[^\s@]+$/.test(email)) return null;
  return t`This is not an e-mail address.`;
}

/** Why a link is refused, or null. Empty is fine. */
export function refuseLink(link: string): string | null {
  if (link === '') return null;
  let url: URL;
  try {
    url = new URL(link);
  } catch {
    return t`Give a whole address, beginning with https://.`;
  }
  return url.protocol === 'https:' || url.protocol === 'http:'
    ? null
    : t`Only addresses with https:// or http:// are accepted.`;
}

/** Only what is set, for the errors of a form. */
export function onlyErrors<K extends string>(found: Record<K, string | null>): Partial<Record<K, string>> {
  return Object.fromEntries(Object.entries(found).filter(([, text]) => text !== null)) as Partial<
    Record<K, string>
  >;
}
