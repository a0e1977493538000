import { Trans, useLingui } from '@lingui/react/macro';
import { History } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Id } from '../api/types';
import { encryption, useEncryption } from '../encryption/engine';
import { encryptionText } from '../encryption/texts';
import { Button } from '../ui/Button';
import type { MessageSearch } from './search';

/** Pages of history that one press goes through. */
const PAGES = 10;

interface FurtherBackProps {
  search: MessageSearch;
  conversationId: Id | null;
}

/** An encrypted conversation can be searched only as far as this device has opened it: opens more of it. */
export function FurtherBack({ search, conversationId }: FurtherBackProps) {
  const { t } = useLingui();
  const isEncrypted = useEncryption(
    ({ conversations }) => conversationId !== null && conversationId in conversations,
  );
  const [state, setState] = useState<{ busy: boolean; isWhole: boolean; error: string | null }>({
    busy: false,
    isWhole: false,
    error: null,
  });
  const isShown = useRef(true);
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
    };
  }, []);
  if (!isEncrypted || conversationId === null) return null;

  const go = async () => {
    setState({ busy: true, isWhole: false, error: null });
    try {
      let hasMore = true;
      for (let page = 0; page < PAGES && hasMore && isShown.current; page += 1) {
        hasMore = await encryption.searchFurtherBack(conversationId);
      }
      search.again();
      setState({ busy: false, isWhole: !hasMore, error: null });
    } catch (error) {
      setState({ busy: false, isWhole: false, error: encryptionText(error) });
    }
  };

  return (
    <div className="flex flex-col items-center gap-2 px-3 py-4 text-center text-muted text-sm">
      {state.isWhole ? (
        <p>
          <Trans>That is all of this conversation that you can read.</Trans>
        </p>
      ) : (
        <>
          <p>
            <Trans>Encrypted messages are searched on this device, as far as it has opened them.</Trans>
          </p>
          <Button
            size="sm"
            busy={state.busy}
            icon={<History size={15} aria-hidden />}
            onClick={() => void go()}
          >
            {t`Search further back`}
          </Button>
        </>
      )}
      {state.error && (
        <p role="alert" className="text-danger-text">
          {state.error}
        </p>
      )}
    </div>
  );
}
