// Names of emoji for completion, loaded when first needed.
interface Known {
  emoji: string;
  shortcode: string;
  order: number;
}

interface DataEntry {
  hexcode: string;
  emoji: string;
  order?: number;
}

let known: Known[] = [];
let loading: Promise<void> | null = null;

/** Loads the names; `then` is called when they are there (at once if they already are). */
export function loadEmoji(): Promise<void> {
  loading ??= load().catch(() => {
    loading = null;
  });
  return loading;
}

async function load(): Promise<void> {
  const [data, shortcodes] = await Promise.all([
    get<DataEntry[]>('data.json'),
    get<Record<string, string | string[]>>('shortcodes/emojibase.json'),
  ]);
  known = data
    .flatMap(({ hexcode, emoji, order }) => {
      const codes = shortcodes[hexcode] ?? [];
      const list = Array.isArray(codes) ? codes : [codes];
      return list.map((shortcode) => ({ emoji, shortcode, order: order ?? 10_000 }));
    })
    .sort((a, b) => a.order - b.order);
}

async function get<T>(file: string): Promise<T> {
  const response = await fetch(`${__EMOJI_DATA_URL__}/en/${file}`);
  if (!response.ok) throw new Error(`No emoji data (${response.status}).`);
  return (await response.json()) as T;
}

/** Emoji whose name contains the query, those that begin with it first; each emoji once. `own` are the instance's, as `:name:`. */
export function searchEmoji(query: string, most: number, own: string[] = []): Known[] {
  const wanted = query.toLowerCase();
  const rank = ({ shortcode }: Known) =>
    shortcode === wanted ? 0 : shortcode.startsWith(wanted) ? 1 : shortcode.includes(wanted) ? 2 : 3;
  const seen = new Set<string>();
  return own
    .map((emoji): Known => ({ emoji, shortcode: emoji.slice(1, -1), order: 0 }))
    .concat(known)
    .filter((entry) => rank(entry) < 3)
    .sort((a, b) => rank(a) - rank(b) || a.order - b.order)
    .filter(({ emoji }) => !seen.has(emoji) && seen.add(emoji))
    .slice(0, most);
}

/** The name of an emoji, if the names are loaded. */
export function shortcodeOf(emoji: string): string | undefined {
  return known.find((entry) => entry.emoji === emoji)?.shortcode;
}

/** Offered without opening the picker. */
export const QUICK_EMOJI = ['👍', '❤️', '😂', '🎉', '👀'];
