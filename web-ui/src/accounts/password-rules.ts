import { t } from '@lingui/core/macro';

export const shortestPassword = 10;

export type Strength = 'weak' | 'fair' | 'good' | 'strong';

let common: Promise<Set<string>> | undefined;

/** The list of common passwords: a chunk of its own, loaded when somebody starts to choose a password. */
export function loadCommonPasswords(): Promise<Set<string>> {
  common ??= import('virtual:common-passwords').then(({ list }) => new Set(list.split('\n')));
  // Without the list (offline, say) the next try loads it again.
  common.catch(() => {
    common = undefined;
  });
  return common;
}

/** Why a new password is refused, or null. */
export async function refusePassword(password: string, names: string[] = []): Promise<string | null> {
  const length = [...password].length;
  if (length < shortestPassword) return t`Use at least ${shortestPassword} characters.`;
  const plain = password.normalize('NFKC').toLowerCase();
  if (new Set(plain).size < 4) return t`Use more different characters.`;
  if (names.some((name) => name.length > 2 && plain === name.toLowerCase())) {
    return t`Use something else than your name.`;
  }
  const list = await loadCommonPasswords();
  // "Password123!" is no better than "password123".
  if (list.has(plain) || list.has(plain.replace(/[^\p{L}\p{N}]+$/u, ''))) {
    return t`This password is on the list of those that are tried first. Choose another one.`;
  }
  return null;
}

/** A rough hint while typing: length counts most, kinds of characters a little. */
export function passwordStrength(password: string): Strength {
  const distinct = new Set(password).size;
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((kind) =>
    kind.test(password),
  ).length;
  const score = Math.min([...password].length, distinct * 2) + (kinds - 1) * 2;
  if (score < shortestPassword) return 'weak';
  if (score < 15) return 'fair';
  return score < 21 ? 'good' : 'strong';
}
