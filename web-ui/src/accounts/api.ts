// Calls about accounts and sign-in.
import { call } from '../api/http';
import type {
  Account,
  Id,
  Instance,
  Kdf,
  Prelogin,
  PresenceChoice,
  Session,
  SignedIn,
  User,
} from '../api/types';
import type { PasswordProof } from './password';

export const loadInstance = (): Promise<Instance> => call('GET', '/instance');

export const prelogin = (login: string): Promise<Prelogin> =>
  call('POST', '/auth/prelogin', { body: { login } });

export const login = (body: { login: string; auth_key: string; device_name: string }): Promise<SignedIn> =>
  call('POST', '/auth/login', { body });

export interface Registration extends PasswordProof {
  id: Id;
  username: string;
  display_name?: string;
  email?: string;
  setup_token?: string;
  invite?: string;
  device_name: string;
}
export const register = (body: Registration): Promise<SignedIn> => call('POST', '/auth/register', { body });

/** Resolves when the set-up link is (still) good. */
export const checkSetup = (token: string): Promise<void> => call('GET', '/auth/setup', { query: { token } });

export const loadReset = (token: string): Promise<{ account: Id; username: string }> =>
  call('GET', '/auth/reset', { query: { token } });

export const resetPassword = (body: PasswordProof & { token: string }): Promise<void> =>
  call('POST', '/auth/reset', { body });

export interface ProfileChange {
  username?: string;
  display_name?: string;
  bio?: string;
  link?: string;
  status_text?: string;
  email?: string | null;
  presence?: PresenceChoice;
}
export const updateMe = (change: ProfileChange): Promise<Account> =>
  call('PATCH', '/users/me', { body: change });

export const changePassword = (body: {
  current_auth_key: string;
  salt: string;
  kdf: Kdf;
  auth_key: string;
}): Promise<void> => call('PUT', '/users/me/password', { body });

export const uploadPicture = (picture: Blob): Promise<Account> =>
  call('PUT', '/users/me/picture', { body: picture });
export const deletePicture = (): Promise<Account> => call('DELETE', '/users/me/picture');

export const loadSessions = async (): Promise<Session[]> =>
  (await call<{ sessions: Session[] }>('GET', '/users/me/sessions')).sessions;
export const endSession = (id: Id): Promise<void> => call('DELETE', `/users/me/sessions/${id}`);
export const endOtherSessions = (): Promise<void> => call('DELETE', '/users/me/sessions');

export const loadUser = (id: Id): Promise<User> => call('GET', `/users/${id}`);
