// What was done and what happened: the lines of the logs.
import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';
import type { Whole } from '../api/types';

export type AuditLine = Whole<components['schemas']['AuditLine']>;
export type AuditPage = Whole<components['schemas']['AuditPage']>;

/** What happened to the own account, the newest first. */
export const loadActivity = (cursor: string | null): Promise<AuditPage> =>
  take(api.GET('/api/v1/users/me/activity', { params: { query: cursor ? { cursor } : {} } }));
