// What people read when something about encryption does not work. No vocabulary of the protocol: its codes stay behind
// "Details".
import { plural, t } from '@lingui/core/macro';
import { ApiError, errorText } from '../api/errors';
import { nameOf } from '../state/selectors';
import { store } from '../state/store';
import { EncryptionError } from './model';

/** A sentence for people, whatever went wrong. */
export function encryptionText(error: unknown): string {
  if (error instanceof EncryptionError) return textOf(error);
  if (error instanceof ApiError && error.code.startsWith('e2ee.'))
    return textOf(new EncryptionError(error.code));
  return errorText(error);
}

/** The same as an error, for forms that show an error's message. */
export async function plainly<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(encryptionText(error));
  }
}

/** "Ann", "Ann and Ben", "Ann, Ben and 3 others". */
export function namesOf(ids: readonly string[]): string {
  const { users } = store.getState();
  const names = ids.map((id) => nameOf(users[id]));
  const [first = '…', second = '…'] = names;
  if (names.length < 2) return first;
  if (names.length === 2) return t`${first} and ${second}`;
  const others = names.length - 2;
  return t`${first}, ${second} and ${plural(others, { one: '# other', other: '# others' })}`;
}

function textOf({ code, users }: EncryptionError): string {
  const names = namesOf(users);
  switch (code) {
    case 'wrong_password':
      return t`This is not your present password.`;
    case 'wrong_new_password':
      return t`Unlocked. But that was not your new password: it doesn't open your messages elsewhere yet.`;
    case 'wrong_words':
      return t`These are not the twelve words of your account. Check their order and spelling.`;
    case 'wrong_code':
      return t`The code does not fit. Compare it with the new device and type it again.`;
    case 'expired':
    case 'e2ee.pairing_expired':
      return t`This took too long. Begin again on the new device.`;
    case 'needs_password':
      return t`Your password is needed for this.`;
    case 'no_keys':
    case 'e2ee_no_keys':
      return t`${names} can't receive encrypted messages yet. Ask them to sign in once.`;
    case 'changed':
    case 'key_mismatch':
      return users.length > 0
        ? t`${names} has a new security number. Look at it before you go on.`
        : t`Somebody's security number is another one than before. Look at it before you go on.`;
    case 'starting':
      return t`Encryption is still starting. Try again in a moment.`;
    case 'locked':
      return t`This browser can't open your encrypted messages yet. Unlock it first.`;
    case 'newer':
      return t`This needs a newer Snug. Load the page again.`;
    case 'unsupported':
      return t`This browser can't do encryption.`;
    case 'e2ee.conflict':
    case 'e2ee_epoch_stale':
      return t`Somebody else changed this at the same moment. Try again.`;
    case 'e2ee.too_many':
    case 'e2ee_too_large':
      return t`This is more than fits.`;
    default:
      return t`This did not work, for a reason that should not occur (${code}). Nothing was sent.`;
  }
}
