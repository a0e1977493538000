import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';
import type { Whole } from '../api/types';

export type MailServer = Whole<components['schemas']['MailServer']>;

export const loadMailServer = (): Promise<MailServer> => take(api.GET('/api/v1/admin/mail'));

/** What the mail server said. */
export const testMail = (address: string): Promise<{ said: string }> =>
  take(api.POST('/api/v1/admin/mail/test', { body: { address } }));
