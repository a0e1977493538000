// The worker around the key ring: one request after the other, in the order in which they were asked.
import { CryptoError } from './errors';
import { type Answers, KeyRing } from './keyring';
import type { Answered, Asked, RequestName } from './requests';

const ring: Answers = new KeyRing();
let last: Promise<void> = Promise.resolve();

async function answer<N extends RequestName>({ number, name, input }: Asked<N>): Promise<Answered> {
  try {
    return { number, output: await ring[name](input) };
  } catch (error) {
    if (!(error instanceof CryptoError)) {
      return {
        number,
        error: { code: 'internal', message: error instanceof Error ? error.message : String(error) },
      };
    }
    const { code, detail, rule, account } = error;
    return { number, error: { code, message: detail, ...(rule && { rule }), ...(account && { account }) } };
  }
}

self.onmessage = ({ data }: MessageEvent<Asked>) => {
  last = last.then(async () => postMessage(await answer(data)));
};
