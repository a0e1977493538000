import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense } from 'react';
import type { Id } from '../../api/types';
import { useMedia, WIDEST } from '../../lib/media';
import { ConversationView } from '../../messages/ConversationView';
import { useStore } from '../../state/store';
import { Dialog } from '../../ui/Dialog';
import { togglePeople, uiState, useUiState } from '../ui-state';
import { PlaceHeader } from './PlaceHeader';
import { SidePanel } from './SidePanel';

const MembersPanel = lazy(() =>
  import('../../servers/MembersPanel').then((module) => ({ default: module.MembersPanel })),
);
const GroupPanel = lazy(() =>
  import('../../messages/GroupPanel').then((module) => ({ default: module.GroupPanel })),
);

interface MainColumnProps {
  conversationId: Id;
  serverId: Id | null;
  seq: number | null;
}

/** A conversation with its header, and its people beside or over it. */
export function MainColumn({ conversationId, serverId, seq }: MainColumnProps) {
  const { t } = useLingui();
  const isWidest = useMedia(WIDEST);
  const panel = useUiState((state) => state.panel);
  const isBeside = useUiState((state) => state.showMembers) && isWidest && panel === null;
  const isOver = useUiState((state) => state.showMembersOver) && !isWidest;
  const hasPeople = useStore(
    (state) => serverId !== null || state.conversations[conversationId]?.kind === 'group',
  );
  const people =
    serverId === null ? (
      <GroupPanel conversationId={conversationId} />
    ) : (
      <MembersPanel serverId={serverId} roomId={conversationId} />
    );
  return (
    <div className="flex min-h-0 min-w-0 grow bg-canvas">
      <main className="flex min-h-0 min-w-0 grow flex-col">
        <PlaceHeader
          conversationId={conversationId}
          serverId={serverId}
          people={
            hasPeople ? { isShown: isWidest ? isBeside : isOver, toggle: () => togglePeople(isWidest) } : null
          }
        />
        <ConversationView conversationId={conversationId} serverId={serverId} seq={seq} />
      </main>
      {panel && (
        <SidePanel panel={panel} conversationId={conversationId} serverId={serverId} isBeside={isWidest} />
      )}
      {hasPeople && isBeside && (
        <aside
          aria-label={t`Members`}
          className="flex w-60 shrink-0 flex-col overflow-y-auto border-line border-l bg-side"
        >
          <Suspense>{people}</Suspense>
        </aside>
      )}
      {hasPeople && isOver && (
        <Dialog
          open
          onOpenChange={(showMembersOver) => uiState.setState({ showMembersOver })}
          title={t`Members`}
          size="sm"
        >
          <div className="-mx-3">
            <Suspense>{people}</Suspense>
          </div>
        </Dialog>
      )}
    </div>
  );
}
