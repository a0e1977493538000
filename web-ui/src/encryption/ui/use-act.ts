import { useState } from 'react';
import { EncryptionError } from '../model';
import { encryptionText } from '../texts';

/** One thing that can be under way in a component, and what went wrong with it. */
export function useAct() {
  const [state, setState] = useState<{ busy: string | null; error: string | null; code: string | null }>({
    busy: null,
    error: null,
    code: null,
  });
  return {
    /** The name of what is under way. */
    busy: state.busy,
    error: state.error,
    /** The code of the error, where it has one. */
    code: state.code,
    /** Does it unless something is under way; answers whether it worked. */
    async run(work: () => Promise<unknown>, name = 'it'): Promise<boolean> {
      if (state.busy !== null) return false;
      setState({ busy: name, error: null, code: null });
      try {
        await work();
        setState({ busy: null, error: null, code: null });
        return true;
      } catch (error) {
        const code = error instanceof EncryptionError ? error.code : null;
        setState({ busy: null, error: encryptionText(error), code });
        return false;
      }
    },
  };
}

export type Act = ReturnType<typeof useAct>;
