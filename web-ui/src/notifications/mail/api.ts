// Calls about e-mail.
import { api, take } from '../../api/http';
import type { MailChoice, MailState } from '../../api/types';

export const loadMail = (): Promise<MailState> => take(api.GET('/api/v1/notifications/mail'));

export const putMail = (body: MailChoice): Promise<MailState> =>
  take(api.PUT('/api/v1/notifications/mail', { body }));

/** Sends a letter there, to ask whether it is theirs. */
export const askAddress = (address: string, zone: string): Promise<MailState> =>
  take(api.PUT('/api/v1/notifications/mail/address', { body: { address, zone } }));

export const forgetQuestion = (): Promise<MailState> =>
  take(api.DELETE('/api/v1/notifications/mail/address/asked'));

export const removeAddress = (): Promise<MailState> => take(api.DELETE('/api/v1/notifications/mail/address'));
