import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import type { Id, Message } from '../api/types';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { Dialog } from '../ui/Dialog';
import { deleteMessage } from './api';
import { toggleReaction } from './commands';
import { composerOf } from './composers';
import { type Place, PlaceContext } from './place';
import { startReading } from './reading';
import { Timeline } from './Timeline';
import { TypingLine } from './TypingLine';
import { timelineOf } from './timelines';
import { Writing } from './Writing';

const ReportDialog = lazy(() =>
  import('../encryption/ui/ReportDialog').then((module) => ({ default: module.ReportDialog })),
);
const ReceiptsDialog = lazy(() =>
  import('./ReceiptsDialog').then((module) => ({ default: module.ReceiptsDialog })),
);
const EmojiPicker = lazy(() => import('./EmojiPicker').then((module) => ({ default: module.EmojiPicker })));

interface ConversationViewProps {
  conversationId: Id;
  serverId: Id | null;
  /** A message to show at first, from the address. */
  seq: number | null;
}

type Asking = { what: 'delete' | 'react' | 'receipts' | 'report'; message: Message } | null;

/** Messages and composer of a room, direct conversation or group. */
export function ConversationView({ conversationId, serverId, seq }: ConversationViewProps) {
  const { t } = useLingui();
  const [asking, setAsking] = useState<Asking>(null);
  const timeline = useMemo(() => timelineOf(conversationId), [conversationId]);
  const composer = useMemo(() => composerOf(conversationId), [conversationId]);
  const place = useMemo<Place>(
    () => ({
      conversationId,
      serverId,
      timeline,
      composer,
      askToDelete: (message) => setAsking({ what: 'delete', message }),
      pickReaction: (message) => setAsking({ what: 'react', message }),
      showReceipts: (message) => setAsking({ what: 'receipts', message }),
      report: (message) => setAsking({ what: 'report', message }),
    }),
    [conversationId, serverId, timeline, composer],
  );

  useEffect(() => {
    startReading(conversationId);
    if (seq === null) timeline.open();
    else void timeline.jumpTo(seq);
    return () => composer.leave();
  }, [conversationId, seq, timeline, composer]);

  const close = () => setAsking(null);
  const about = asking?.message;
  return (
    <PlaceContext value={place}>
      <Timeline key={conversationId} />
      <Writing conversationId={conversationId} />
      <TypingLine />
      {about && asking.what === 'receipts' && (
        <Suspense>
          <ReceiptsDialog message={about} onClose={close} />
        </Suspense>
      )}
      {about && asking.what === 'report' && (
        <Suspense>
          <ReportDialog message={about} onClose={close} />
        </Suspense>
      )}
      {about && asking.what === 'react' && (
        <Dialog open onOpenChange={(open) => !open && close()} title={t`Add reaction`} size="sm">
          <Suspense fallback={<div className="h-88" />}>
            <EmojiPicker
              onPick={(emoji) => {
                close();
                void toggleReaction(about, emoji, place);
              }}
            />
          </Suspense>
        </Dialog>
      )}
      {about && asking.what === 'delete' && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && close()}
          title={t`Delete this message?`}
          description={t`Nobody will be able to read it any more.`}
          confirmLabel={t`Delete message`}
          danger
          onConfirm={async () => timeline.replace(await deleteMessage(about.id))}
        />
      )}
    </PlaceContext>
  );
}
