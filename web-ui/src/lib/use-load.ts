import { useCallback, useEffect, useState } from 'react';

export interface Loaded<T> {
  data: T | undefined;
  error: Error | undefined;
  /** Loads again; what is there stays until the answer comes. */
  reload: () => void;
  /** Puts in place what a request has just brought. */
  set: (data: T) => void;
}

/** Loads what does not stream (settings, lists of the administration) while the component is shown. */
export function useLoad<T>(load: () => Promise<T>, key = ''): Loaded<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: Error }>({ key });
  const [round, setRound] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `load` is a new function each time; `key` and `round` say when it means something else
  useEffect(() => {
    let current = true;
    load().then(
      (data) => current && setState({ key, data }),
      (error: Error) => current && setState((before) => ({ ...before, key, error })),
    );
    return () => {
      current = false;
    };
  }, [key, round]);

  const fresh = state.key === key;
  return {
    data: fresh ? state.data : undefined,
    error: fresh ? state.error : undefined,
    reload: useCallback(() => setRound((before) => before + 1), []),
    set: (data) => setState({ key, data }),
  };
}
