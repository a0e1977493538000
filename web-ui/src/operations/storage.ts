// What takes space, who stores how much, and how much everybody may.
import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';
import type { Id, Whole } from '../api/types';

type Schemas = components['schemas'];

export type StorageView = Whole<Schemas['StorageView']>;
export type StorageLimits = Whole<Schemas['StorageLimits']>;
export type Allowance = Whole<Schemas['Allowance']>;
export type PersonStorage = Whole<Schemas['PersonStorage']>;
export type PeopleStorage = Whole<Schemas['PeopleStorage']>;

export const loadStorage = (): Promise<StorageView> => take(api.GET('/api/v1/admin/storage'));
export const loadPeopleStorage = (query: { q?: string; cursor?: string }): Promise<PeopleStorage> =>
  take(api.GET('/api/v1/admin/storage/people', { params: { query } }));
/** Amounts as people write them, or `default`. */
export const updateStorageLimits = (body: { per_person?: string; total?: string }): Promise<StorageLimits> =>
  take(api.PATCH('/api/v1/admin/storage/limits', { body }));
/** An amount as people write it, or `default`. */
export const updateQuota = (id: Id, quota: string): Promise<PersonStorage> =>
  take(api.PUT('/api/v1/admin/users/{id}/quota', { params: { path: { id } }, body: { quota } }));

const units: [string, number][] = [
  ['TB', 1e12],
  ['GB', 1e9],
  ['MB', 1e6],
  ['KB', 1e3],
];

/** What an admin chose, as it is typed: exact, so that saving it again changes nothing. Empty where nothing was chosen. */
export function chosenText({ bytes, is_chosen }: Allowance): string {
  if (!is_chosen) return '';
  if (bytes === null) return 'unlimited';
  const unit = units.find(([, size]) => bytes >= size && bytes % size === 0);
  return unit ? `${bytes / unit[1]}${unit[0]}` : `${bytes}B`;
}

/** What was typed, as the node takes it. */
export const choiceOf = (text: string): string => text.trim() || 'default';

/** How much of what is allowed is used, from 0 to 1; nothing where any amount is allowed. */
export function share(used: number, { bytes }: Pick<Allowance, 'bytes'>): number | null {
  if (bytes === null) return null;
  return bytes === 0 ? 1 : Math.min(1, used / bytes);
}
