/** How well `query` matches `text` as a subsequence: higher is better, null is no match. */
export function fuzzyScore(query: string, text: string): number | null {
  const wanted = fold(query);
  const offered = fold(text);
  if (wanted === '') return 0;
  const whole = offered.indexOf(wanted);
  if (whole === 0) return 1_000 - offered.length;
  if (whole > 0) return (isWordStart(offered, whole) ? 800 : 600) - whole - offered.length / 100;
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    if (letter === ' ') continue;
    const next = offered.indexOf(letter, at + 1);
    if (next === -1) return null;
    if (isWordStart(offered, next)) score += 12;
    else if (next === at + 1) score += 8;
    else score -= Math.min(next - at, 6);
    at = next;
  }
  return score > 0 ? score : null;
}

/** The items that match, best first. Equal ones keep their order. */
export function fuzzyFilter<T>(items: readonly T[], query: string, text: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, score: fuzzyScore(query, text(item)) }))
    .filter((entry): entry is { item: T; score: number } => entry.score !== null)
    .sort((a, b) => b.score - a.score)
    .map((entry) => entry.item);
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}

function isWordStart(text: string, index: number): boolean {
  return index === 0 || /[\s\-_.#@/]/.test(text[index - 1] ?? '');
}
