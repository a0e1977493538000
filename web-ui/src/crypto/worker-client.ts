import { CryptoError } from './errors';
import type { Answered, Asked, Refusal, RequestName, Requests } from './requests';

/** The page's side of the worker that holds the keys. */
export class CryptoWorker {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (output: never) => void; reject: (error: Error) => void }>();
  #asked = 0;
  /** A worker that was ended answers nothing any more: whoever still asks would wait for ever. */
  #ended: Error | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Answered>) => this.#answer(data);
    worker.onerror = () => this.#fail(new Error('the worker that holds the keys broke down'));
  }

  /** Asks; refusals of the protocol come back as `CryptoError`. */
  ask<N extends RequestName>(name: N, input: Requests[N]['input']): Promise<Requests[N]['output']> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#asked += 1;
    const number = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#worker.postMessage({ number, name, input } satisfies Asked<N>);
    });
  }

  /** Ends the worker; its memory, and the keys in it, go with it. */
  end(): void {
    this.#worker.terminate();
    this.#ended = new Error('the worker that holds the keys was ended');
    this.#fail(this.#ended);
  }

  #answer(data: Answered): void {
    const waiting = this.#waiting.get(data.number);
    this.#waiting.delete(data.number);
    if ('output' in data) waiting?.resolve(data.output as never);
    else waiting?.reject(errorOf(data.error));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function errorOf({ code, message, rule, account }: Refusal): Error {
  if (code === 'internal') return new Error(message);
  return new CryptoError(code, message, { ...(rule && { rule }), ...(account && { account }) });
}
