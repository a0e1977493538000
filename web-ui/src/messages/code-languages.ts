// The languages whose code is coloured, by every name that people give them.
const ALIASES = {
  bash: 'sh shell zsh console',
  c: 'h',
  cpp: 'c++ cc hpp',
  css: 'scss',
  diff: 'patch',
  go: 'golang',
  java: '',
  javascript: 'js jsx mjs',
  json: 'jsonc',
  python: 'py',
  rust: 'rs',
  sql: '',
  typescript: 'ts tsx',
  xml: 'html svg',
  yaml: 'yml',
};

export type CodeLanguage = keyof typeof ALIASES;

/** The language that a fence names, if it is one of those. */
export function codeLanguage(name: string | null): CodeLanguage | null {
  const wanted = name?.toLowerCase();
  const found = Object.entries(ALIASES).find(
    ([language, aliases]) => language === wanted || (wanted && aliases.split(' ').includes(wanted)),
  );
  return (found?.[0] as CodeLanguage | undefined) ?? null;
}
