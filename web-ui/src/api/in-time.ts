// Requests that give up: a connection whose network went away may look open for many minutes.

/** How long the node may take for an answer to what is asked again by itself. */
const ANSWER_MS = 30_000;

/** Ends a request that takes too long. */
export const inTime = (): AbortSignal => AbortSignal.timeout(ANSWER_MS);
