import { lazy, Suspense } from 'react';
import type { Id } from '../api/types';
import { useEncryption } from '../encryption/engine';
import { saysEncrypted } from '../encryption/lock';
import { useStore } from '../state/store';
import { ComposerBox } from './ComposerBox';

const ComposerNotice = lazy(() =>
  import('../encryption/ui/ComposerNotice').then((module) => ({ default: module.ComposerNotice })),
);
const JoinRequests = lazy(() =>
  import('../encryption/ui/JoinRequests').then((module) => ({ default: module.JoinRequests })),
);

/** The composer, or why there is none: nothing is sent while something about the members is open. */
export function Writing({ conversationId }: { conversationId: Id }) {
  const encrypted = useEncryption((state) => state.conversations[conversationId]);
  const isEncrypted = useStore((state) =>
    saysEncrypted(state.conversations[conversationId] ?? state.rooms[conversationId]),
  );
  // What is written while the node is away waits in the outbox: it is sealed, or refused, when it goes out.
  const waits = useStore((state) => state.isKept) && (!encrypted || encrypted.state === 'starting');
  if (waits || (!encrypted && !isEncrypted)) return <ComposerBox />;
  return (
    <>
      {encrypted && encrypted.requests.length > 0 && (
        <Suspense>
          <JoinRequests roomId={conversationId} />
        </Suspense>
      )}
      {encrypted?.state === 'ready' ? (
        <ComposerBox />
      ) : (
        <Suspense fallback={<div className="h-11" />}>
          <ComposerNotice conversationId={conversationId} conversation={encrypted} />
        </Suspense>
      )}
    </>
  );
}
