import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';
import type { Whole } from '../api/types';

type Schemas = components['schemas'];

export type Configuration = Whole<Schemas['Configuration']>;
export type SettingSection = Whole<Schemas['SettingSection']>;
export type Setting = Whole<Schemas['Setting']>;

export const loadConfiguration = (): Promise<Configuration> => take(api.GET('/api/v1/admin/configuration'));

/** Which settings to show. */
export interface SettingFilter {
  /** Words that the setting's name, meaning, value or place has to have. */
  q: string;
  /** Only those that are not at their defaults, or will not be after the next start. */
  isChanged: boolean;
}

/** The sections with the settings that match; those without any are left out. */
export function matching(sections: SettingSection[], { q, isChanged }: SettingFilter): SettingSection[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (setting: Setting) => {
    if (isChanged && setting.origin === 'default' && setting.pending === null) return false;
    const { path, meaning, value, place } = setting;
    const text = [path, meaning, value, place].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return sections
    .map((section) => ({ ...section, settings: section.settings.filter(matches) }))
    .filter(({ settings }) => settings.length > 0);
}
