// Reports of encrypted messages: for administrators and moderators.
import type { Client } from 'openapi-fetch';
import { api, take } from '../api/http';
import type { Id } from '../api/types';

export interface ReportedMessage {
  message_id: Id;
  conversation_id: Id;
  author_id: Id;
  sent_at: number;
  /** What was sealed. */
  content: { t?: string; body?: string };
  /** Whether its author's device signed it. */
  is_verified: boolean;
}

export interface Report {
  id: Id;
  reporter: Id;
  reason: string;
  at: number;
  state: ReportState;
  closed_by: Id | null;
  note: string;
  messages: ReportedMessage[];
}

export type ReportState = 'open' | 'closed';

interface Paths {
  '/api/v1/admin/reports': {
    get: {
      parameters: { query: { state: ReportState } };
      responses: { 200: { content: { 'application/json': { reports: Report[] } } } };
    };
  };
  '/api/v1/admin/reports/{id}/close': {
    post: {
      parameters: { path: { id: Id } };
      requestBody: { content: { 'application/json': { note: string } } };
      responses: { 204: { content?: never } };
    };
  };
}

const client = api as unknown as Client<Paths>;

/** The newest 200 in that state. */
export const loadReports = async (state: ReportState): Promise<Report[]> =>
  (await take<{ reports: Report[] }>(client.GET('/api/v1/admin/reports', { params: { query: { state } } })))
    .reports as Report[];

export const closeReport = async (id: Id, note: string): Promise<void> => {
  await take(client.POST('/api/v1/admin/reports/{id}/close', { params: { path: { id } }, body: { note } }));
};
