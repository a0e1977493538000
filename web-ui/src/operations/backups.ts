import type { components } from '../api/generated/schema';
import { api, take } from '../api/http';

export type Backups = components['schemas']['Backups'];
export type BackupRun = components['schemas']['BackupRun'];

export const loadBackups = (): Promise<Backups> => take(api.GET('/api/v1/admin/backups'));
/** Answers when it is made. */
export const makeBackup = (): Promise<BackupRun> => take(api.POST('/api/v1/admin/backups'));
