import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';

export type Checkup = components['schemas']['Checkup'];
export type Finding = components['schemas']['Finding'];

/** Takes half a minute behind a proxy. */
export const checkUp = (): Promise<Checkup> => take(api.POST('/api/v1/admin/checkup'));
