// What the lines of administrators' deeds are called, beside those that everybody is told of.
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { ownKinds, ownWords } from '../accounts/audit-words';

type Words = Record<string, MessageDescriptor>;

/** Deeds of administrators. */
export const adminKinds: Words = {
  'user.created': msg`Account made`,
  ...ownKinds,
  'user.quota': msg`Quota changed`,
  'settings.changed': msg`Settings changed`,
  'branding.changed': msg`Branding changed`,
  'emoji.added': msg`Emoji added`,
  'emoji.deleted': msg`Emoji deleted`,
  'invite.created': msg`Invite made`,
  'invite.deleted': msg`Invite taken back`,
  'report.closed': msg`Report closed`,
  'backup.made': msg`Backup made`,
  'backup.restored': msg`Backup restored`,
  'upgrade.rolled_back': msg`Upgrade gone back on`,
  'keys.rotated': msg`Keys changed`,
  'keys.protected': msg`Protection of the keys changed`,
  'server.deleted': msg`Server deleted`,
  'server.transferred': msg`Server given to another owner`,
  'job.run': msg`Job started`,
  'certificate.renewed': msg`Certificate renewed`,
  'mail.tested': msg`E-mail tried`,
  'audit.exported': msg`Log taken away as a file`,
};

const facts: Words = {
  owner: msg`Owner`,
  members: msg`Members`,
  registration: msg`Registration`,
  format: msg`Format`,
  lines: msg`Lines`,
  max_uses: msg`Uses`,
  expires_in_s: msg`Seconds until it expires`,
  quota: msg`Quota`,
  accent: msg`Colour`,
  accent_dark: msg`Colour in the dark`,
  welcome: msg`Welcome`,
  rules: msg`Rules`,
  css: msg`Style sheet`,
  icon: msg`Icon`,
  'replaces another': msg`Replaces another`,
  'storage.per_person': msg`Each person may store`,
  'storage.total': msg`Everybody together may store`,
  problem: msg`Problem`,
  made: msg`Made`,
  schema: msg`Schema`,
  encrypted: msg`Encrypted`,
};

/** What all lines are called. */
export const allWords = {
  kinds: { ...ownWords.kinds, ...adminKinds },
  facts: { ...ownWords.facts, ...facts },
};
