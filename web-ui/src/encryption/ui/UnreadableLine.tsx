import { Trans, useLingui } from '@lingui/react/macro';
import { Clock, RefreshCw, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Id } from '../../api/types';
import { toasts } from '../../ui/toasts';
import { encryption } from '../engine';
import type { Unreadable } from '../model';
import { encryptionText } from '../texts';

/** After so long what waits gets a way to ask again. */
const PATIENCE_MS = 20_000;

/** In place of a message's text, when it can't be shown: one calm line. */
export function UnreadableLine({
  unreadable,
  conversationId,
}: {
  unreadable: Unreadable;
  conversationId: Id;
}) {
  switch (unreadable.state) {
    case 'waiting':
      return <Waiting conversationId={conversationId} />;
    case 'newer':
      return (
        <p className="text-faint italic">
          <Trans>This message needs a newer Snug. Load the page again to read it.</Trans>
        </p>
      );
    case 'invalid':
      return (
        <details className="text-faint">
          <summary className="w-fit list-none rounded-md italic">
            <TriangleAlert size={14} aria-hidden className="mr-1.5 inline text-warn-text" />
            <Trans>This message could not be verified, so it is not shown.</Trans>
          </summary>
          <p className="pl-5 font-mono text-xs">{unreadable.code}</p>
        </details>
      );
    case 'before_join':
      return (
        <p className="text-faint italic">
          <Trans>From before you joined</Trans>
        </p>
      );
    case 'before_reset':
      return (
        <p className="text-faint italic">
          <Trans>From before your account began anew</Trans>
        </p>
      );
  }
}

function Waiting({ conversationId }: { conversationId: Id }) {
  const { t } = useLingui();
  const [isLong, setLong] = useState(false);
  const [isAsked, setAsked] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const ask = () => {
    setAsked(true);
    encryption.askAgain(conversationId).catch((error: unknown) => toasts.error(encryptionText(error)));
  };
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-faint italic">
      <Clock size={14} aria-hidden className="shrink-0" />
      {isLong ? (
        <Trans>Waiting until somebody who can open this message is online.</Trans>
      ) : (
        <Trans>Waiting for this message…</Trans>
      )}
      {isLong && !isAsked && (
        <button
          type="button"
          onClick={ask}
          className="inline-flex items-center gap-1 rounded-md text-accent-text not-italic underline underline-offset-2 pointer-coarse:min-h-11"
        >
          <RefreshCw size={13} aria-hidden />
          {t`Ask again`}
        </button>
      )}
    </p>
  );
}
