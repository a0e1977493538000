// The worker around the key ring: one request after the other, in the order in which they were asked.
import { storedKeeper } from './keeper';
import { KeyRing } from './keyring';
import type { Asked } from './requests';
import { answer } from './ring-answers';

/** Named for the account, so that two accounts in one browser have nothing in common. */
const ring = new KeyRing(storedKeeper(self.name));
let last: Promise<void> = Promise.resolve();

self.onmessage = ({ data }: MessageEvent<Asked>) => {
  last = last.then(async () => postMessage(await answer(ring, data)));
};
