// What each kind of line is called.
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

/** Deeds of administrators. */
export const adminKinds: Record<string, MessageDescriptor> = {
  'user.created': msg`Account made`,
  'user.role': msg`Role changed`,
  'user.disabled': msg`Account disabled`,
  'user.enabled': msg`Account enabled`,
  'user.reset_link': msg`Password reset link made`,
  'user.signed_out': msg`Signed out by an administrator`,
  'settings.changed': msg`Settings changed`,
  'invite.created': msg`Invite made`,
  'invite.deleted': msg`Invite taken back`,
  'report.closed': msg`Report closed`,
  'backup.made': msg`Backup made`,
  'keys.rotated': msg`Keys changed`,
  'keys.protected': msg`Protection of the keys changed`,
  'server.deleted': msg`Server deleted`,
  'server.transferred': msg`Server given to another owner`,
  'job.run': msg`Job started`,
  'certificate.renewed': msg`Certificate renewed`,
  'audit.exported': msg`Log taken away as a file`,
  'mail.tested': msg`E-mail tried`,
};

/** What happens to sign-ins, devices and passwords. */
export const securityKinds: Record<string, MessageDescriptor> = {
  'signin.ok': msg`Signed in`,
  'signin.failed': msg`Sign-in failed`,
  'signin.refused': msg`Sign-in refused: the account is disabled`,
  'session.ended': msg`Signed out`,
  'session.reused': msg`Sign-in ended: its token was used twice`,
  'password.changed': msg`Password changed`,
  'password.reset': msg`Password set by a reset link`,
  'limit.hit': msg`Too many requests`,
  'device.added': msg`Device added`,
  'device.removed': msg`Device removed`,
  'mail.confirmed': msg`E-mail address confirmed`,
  'mail.removed': msg`E-mail address removed`,
  'identity.reset_asked': msg`Reset of the encryption asked for`,
  'identity.reset_cancelled': msg`Reset of the encryption cancelled`,
  'identity.reset': msg`Encryption begun anew`,
  'account.registered': msg`Account registered`,
  'invite.used': msg`Invite used`,
};

const facts: Record<string, MessageDescriptor> = {
  role: msg`Role`,
  name: msg`Name`,
  owner: msg`Owner`,
  members: msg`Members`,
  registration: msg`Registration`,
  device: msg`Device`,
  devices: msg`Devices`,
  signed_out: msg`Other devices signed out`,
  what: msg`Address`,
  format: msg`Format`,
  lines: msg`Lines`,
  max_uses: msg`Uses`,
  expires_in_s: msg`Seconds until it expires`,
};

/** Kinds that somebody should look at twice. */
export const warningKinds = new Set([
  'signin.failed',
  'signin.refused',
  'session.reused',
  'limit.hit',
  'identity.reset_asked',
]);

export const kindWord = (kind: string): MessageDescriptor | undefined =>
  adminKinds[kind] ?? securityKinds[kind];
export const factWord = (name: string): MessageDescriptor | undefined => facts[name];
