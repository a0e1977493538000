import { t } from '@lingui/core/macro';
import { ApiError } from '../api/errors';
import { signIn } from '../api/session';
import { uuidv7 } from '../lib/uuid';
import { login, prelogin, register } from './api';
import { deviceName } from './device-name';
import { deriveAuthKey, provePassword } from './password';

/** What takes time while signing in, for the button to say. */
export type SignInStep = 'asking' | 'deriving' | 'sending';

/** Signs in: asks for the account's salt, derives the key here, sends only the key. */
export async function signInWithPassword(
  name: string,
  password: string,
  step: (step: SignInStep) => void,
): Promise<void> {
  step('asking');
  const { account, salt, ...kdf } = await prelogin(name);
  step('deriving');
  const auth_key = await deriveAuthKey(account, password, salt, kdf, true);
  step('sending');
  try {
    signIn(await login({ login: name, auth_key, device_name: deviceName() }));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'auth.wrong_password') {
      throw new Error(t`The name or the password is wrong.`);
    }
    throw error;
  }
}

export interface NewAccount {
  username: string;
  display_name: string;
  email: string;
  password: string;
  setup_token?: string | undefined;
  invite?: string | undefined;
}

/** Registers and signs in. The account's id is made here, because the key derivation needs it. */
export async function registerAccount(
  { username, display_name, email, password, setup_token, invite }: NewAccount,
  step: (step: SignInStep) => void,
): Promise<void> {
  const id = uuidv7();
  step('deriving');
  const proof = await provePassword(id, password, true);
  step('sending');
  signIn(
    await register({
      id,
      username,
      ...(display_name && { display_name }),
      ...(email && { email }),
      ...(setup_token && { setup_token }),
      ...(invite && { invite }),
      ...proof,
      device_name: deviceName(),
    }),
  );
}
