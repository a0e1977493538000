// Calls about accounts and sign-in.
import { api, bytesOf, take } from '../api/http';
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

export const loadInstance = (): Promise<Instance> => take(api.GET('/api/v1/instance'));

export const prelogin = (login: string): Promise<Prelogin> =>
  take(api.POST('/api/v1/auth/prelogin', { body: { login } }));

export const login = (body: { login: string; auth_key: string; device_name: string }): Promise<SignedIn> =>
  take(api.POST('/api/v1/auth/login', { body }));

export interface Registration extends PasswordProof {
  id: Id;
  username: string;
  display_name?: string;
  email?: string;
  setup_token?: string;
  invite?: string;
  device_name: string;
}
export const register = (body: Registration): Promise<SignedIn> =>
  take(api.POST('/api/v1/auth/register', { body }));

/** Resolves when the set-up link is (still) good. */
export const checkSetup = (token: string): Promise<void> =>
  take(api.GET('/api/v1/auth/setup', { params: { query: { token } } }));

export const loadReset = (token: string): Promise<{ account: Id; username: string }> =>
  take(api.GET('/api/v1/auth/reset', { params: { query: { token } } }));

export const resetPassword = (body: PasswordProof & { token: string }): Promise<void> =>
  take(api.POST('/api/v1/auth/reset', { body }));

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
  take(api.PATCH('/api/v1/users/me', { body: change }));

export const changePassword = (body: {
  current_auth_key: string;
  salt: string;
  kdf: Kdf;
  auth_key: string;
}): Promise<void> => take(api.PUT('/api/v1/users/me/password', { body }));

export const uploadPicture = (picture: Blob): Promise<Account> =>
  take(api.PUT('/api/v1/users/me/picture', bytesOf(picture)));
export const deletePicture = (): Promise<Account> => take(api.DELETE('/api/v1/users/me/picture'));

export const loadSessions = async (): Promise<Session[]> =>
  (await take(api.GET('/api/v1/users/me/sessions'))).sessions;
export const endSession = (id: Id): Promise<void> =>
  take(api.DELETE('/api/v1/users/me/sessions/{id}', { params: { path: { id } } }));
export const endOtherSessions = (): Promise<void> => take(api.DELETE('/api/v1/users/me/sessions'));

export const loadUser = (id: Id): Promise<User> =>
  take(api.GET('/api/v1/users/{id}', { params: { path: { id } } }));
