import languageCommon from '@zxcvbn-ts/language-common';
import type { Plugin } from 'vite';

const id = 'virtual:common-passwords';
/** Shorter ones are refused for their length already, so the list need not hold them. */
const shortest = 10;

/** Serves the list of common passwords as one string, a password a line: a small chunk of its own. */
export function commonPasswords(): Plugin {
  return {
    name: 'snug:common-passwords',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load(resolved) {
      if (resolved !== `\0${id}`) return null;
      const words = languageCommon.dictionary['passwords-common'].filter((word) => word.length >= shortest);
      return `export const list = ${JSON.stringify(words.join('\n').toLowerCase())};`;
    },
  };
}
