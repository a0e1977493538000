import { type Bytes, type Id, idBytes } from './encoding';
import { hkdf } from './hash';
import { tuple } from './tuple';

/** The base key of one device's frames in a call, from the secret of the conversation's epoch. */
export function callKey(
  secret: Bytes,
  call: Id,
  { conversation, epoch, account, device }: { conversation: Id; epoch: number; account: Id; device: Id },
): Promise<Bytes> {
  const info = tuple('export', idBytes(conversation), epoch, 'sframe', idBytes(account), idBytes(device));
  return hkdf(secret, idBytes(call), info);
}
