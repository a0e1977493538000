// What each kind of line is called.
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

type Words = Record<string, MessageDescriptor>;

/** Deeds of administrators to somebody's account, which that person is told of. */
export const ownKinds: Words = {
  'user.role': msg`Role changed`,
  'user.disabled': msg`Account disabled`,
  'user.enabled': msg`Account enabled`,
  'user.reset_link': msg`Password reset link made`,
  'user.signed_out': msg`Signed out by an administrator`,
};

/** What happens to sign-ins, devices and passwords. */
export const securityKinds: Words = {
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

const facts: Words = {
  role: msg`Role`,
  name: msg`Name`,
  device: msg`Device`,
  devices: msg`Devices`,
  signed_out: msg`Other devices signed out`,
  what: msg`Address`,
};

/** Kinds that somebody should look at twice. */
export const warningKinds = new Set([
  'signin.failed',
  'signin.refused',
  'session.reused',
  'limit.hit',
  'identity.reset_asked',
]);

/** What of all logs is called how. */
export const ownWords = { kinds: { ...ownKinds, ...securityKinds }, facts };
