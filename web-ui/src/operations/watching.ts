// What administrators are told of the node: deeds, errors, counts over time, jobs, and other people's sign-ins.
import type { AuditPage } from '../accounts/audit';
import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';
import type { Id, Session, Whole } from '../api/types';

type Schemas = components['schemas'];

export type ErrorGroup = Whole<Schemas['ErrorGroup']>;
export type ErrorList = Whole<Schemas['ErrorList']>;
export type Analytics = Whole<Schemas['AnalyticsAnswer']>;
export type Job = Whole<Schemas['Job']>;

/** Which lines of the logs. */
export interface AuditFilter {
  log: 'admin' | 'security';
  kind: string;
  /** An account's id; empty: everybody's. */
  user_id: string;
  /** Days back; 0: all. */
  days: number;
}

function query({ log, kind, user_id, days }: AuditFilter) {
  const from = days > 0 ? { from: Date.now() - days * 86_400_000 } : {};
  return { log, ...(kind && { kind }), ...(user_id && { user_id }), ...from };
}

export const loadAudit = (filter: AuditFilter, cursor: string | null): Promise<AuditPage> =>
  take(
    api.GET('/api/v1/admin/audit', { params: { query: { ...query(filter), ...(cursor && { cursor }) } } }),
  );

/** The lines as a file. */
export const exportAudit = (filter: AuditFilter, format: 'csv' | 'json'): Promise<Blob> =>
  take(
    api.GET('/api/v1/admin/audit/export', {
      params: { query: { ...query(filter), format } },
      parseAs: 'blob',
    }),
  ) as Promise<unknown> as Promise<Blob>;

export const loadErrors = (level: string): Promise<ErrorList> =>
  take(api.GET('/api/v1/admin/errors', { params: { query: level ? { level } : {} } }));

export const loadAnalytics = (hours: number): Promise<Analytics> =>
  take(api.GET('/api/v1/admin/analytics', { params: { query: { hours } } }));

export const loadJobs = async (): Promise<Job[]> => (await take(api.GET('/api/v1/admin/jobs'))).jobs;
export const runJob = (name: string): Promise<Job> =>
  take(api.POST('/api/v1/admin/jobs/{name}/run', { params: { path: { name } } }));

export const loadUserSessions = async (id: Id): Promise<Session[]> =>
  (await take(api.GET('/api/v1/admin/users/{id}/sessions', { params: { path: { id } } }))).sessions;
export const endUserSession = (id: Id, session: Id): Promise<void> =>
  take(api.DELETE('/api/v1/admin/users/{id}/sessions/{session}', { params: { path: { id, session } } }));
export const endUserSessions = (id: Id): Promise<void> =>
  take(api.DELETE('/api/v1/admin/users/{id}/sessions', { params: { path: { id } } }));
