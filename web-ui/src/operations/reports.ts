// Reports of encrypted messages: for administrators and moderators.
import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';
import type { Id, Whole } from '../api/types';

type Schemas = components['schemas'];

export type ReportState = Schemas['ReportState'];

/** A message as its author wrote it. */
export type ReportedMessage = Omit<Whole<Schemas['ReportedMessage']>, 'content'> & {
  /** What was sealed. */
  content: { t?: string; body?: string };
};

export type Report = Omit<Whole<Schemas['Report']>, 'messages'> & { messages: ReportedMessage[] };

/** The newest 200 in that state. */
export const loadReports = async (state: ReportState): Promise<Report[]> =>
  (await take(api.GET('/api/v1/admin/reports', { params: { query: { state } } }))).reports as Report[];

export const closeReport = async (id: Id, note: string): Promise<void> => {
  await take(api.POST('/api/v1/admin/reports/{id}/close', { params: { path: { id } }, body: { note } }));
};
