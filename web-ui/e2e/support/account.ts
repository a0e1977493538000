// Accounts made over REST, with the key derived by the web UI's own code: quicker than a form for everybody.
import type { APIRequestContext } from '@playwright/test';
import { idFromUuid } from '../../src/crypto/encoding';
import { authKey, floor, masterKey } from '../../src/crypto/password';
import { toBase64Url } from '../../src/lib/bytes';
import { uuidv7 } from '../../src/lib/uuid';

/** Everybody's password, unless a journey is about passwords. */
export const PASSWORD = 'copper lantern over the fjord';

const salt = new Uint8Array(16).fill(7);
let master: Promise<Uint8Array<ArrayBuffer>> | undefined;

export interface Registered {
  id: string;
  token: string;
}

/** Registers; the refresh cookie lands in the request's own context, so that its pages are signed in. */
export async function register(
  request: APIRequestContext,
  origin: string,
  account: { username: string; display_name: string; setup_token?: string },
): Promise<Registered> {
  const id = uuidv7();
  // The slow part does not depend on the account.
  master ??= masterKey(PASSWORD, salt, floor);
  const answer = await request.post(`${origin}/api/v1/auth/register`, {
    data: {
      ...account,
      id,
      salt: toBase64Url(salt),
      kdf: floor,
      auth_key: toBase64Url(await authKey(await master, idFromUuid(id))),
      device_name: 'Journey',
    },
  });
  if (!answer.ok())
    throw new Error(`registering ${account.username}: ${answer.status()} ${await answer.text()}`);
  const { access_token } = (await answer.json()) as { access_token: string };
  return { id, token: access_token };
}

/** Signs a browser in behind its back: by a key that was derived elsewhere, so that it never saw the password. */
export async function signInQuietly(
  request: APIRequestContext,
  origin: string,
  username: string,
): Promise<void> {
  const ask = async <T>(path: string, data: unknown): Promise<T> => {
    const answer = await request.post(`${origin}/api/v1/auth/${path}`, { data });
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const { account } = await ask<{ account: string }>('prelogin', { login: username });
  master ??= masterKey(PASSWORD, salt, floor);
  const auth_key = toBase64Url(await authKey(await master, idFromUuid(account)));
  await ask('login', { login: username, auth_key, device_name: 'Borrowed' });
}
