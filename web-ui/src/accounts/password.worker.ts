// Argon2id takes about half a second and 64 MiB: off the main thread, so that the page stays alive.
import type { Kdf } from '../api/types';
import { idFromUuid } from '../crypto/encoding';
import { authKey, masterKey } from '../crypto/password';

export interface PasswordJob {
  account: string;
  password: string;
  salt: Uint8Array;
  kdf: Kdf;
}
export type PasswordJobResult = { authKey: Uint8Array<ArrayBuffer> } | { error: string };

self.onmessage = async ({ data }: MessageEvent<PasswordJob>) => {
  let result: PasswordJobResult;
  try {
    const master = await masterKey(data.password, data.salt, data.kdf);
    result = { authKey: await authKey(master, idFromUuid(data.account)) };
    master.fill(0);
  } catch (error) {
    result = { error: error instanceof Error ? error.message : String(error) };
  }
  postMessage(result);
};
