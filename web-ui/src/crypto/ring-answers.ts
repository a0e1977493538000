// How the key ring's answers, and its refusals, go back to the page.
import { CryptoError } from './errors';
import type { Answers } from './keyring';
import type { Answered, Asked, RequestName } from './requests';

export async function answer<N extends RequestName>(
  ring: Answers,
  { number, name, input }: Asked<N>,
): Promise<Answered> {
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
