// Calls about how the instance looks.
import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';
import type { Whole } from '../api/types';

export type Branding = Whole<components['schemas']['Branding']>;

export const loadBranding = (): Promise<Branding> => take(api.GET('/api/v1/branding'));

/** Markdown; null where there are none. */
export const loadRules = async (): Promise<string | null> =>
  (await take(api.GET('/api/v1/branding/rules'))).text;

/** The address of each picture, by `:name:`. */
export async function loadEmoji(): Promise<Record<string, string>> {
  const { emoji } = await take(api.GET('/api/v1/branding/emoji'));
  return Object.fromEntries(emoji.map(({ name, url }) => [`:${name}:`, url]));
}
