import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';
import type { Whole } from '../api/types';

type Schemas = components['schemas'];

export type Certificates = Whole<Schemas['Certificates']>;
export type Certificate = Whole<Schemas['Certificate']>;

export const loadCertificates = (): Promise<Certificates> => take(api.GET('/api/v1/admin/certificates'));
/** Answers when it is done, or after a while that it goes on. */
export const renewCertificate = (source: Certificate['source']): Promise<Certificates> =>
  take(api.POST('/api/v1/admin/certificates/{source}/renew', { params: { path: { source } } }));
