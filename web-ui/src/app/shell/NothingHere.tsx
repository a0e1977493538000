import { useLingui } from '@lingui/react/macro';
import { Hash, MessageSquarePlus, MessagesSquare, Plus } from 'lucide-react';
import { Link } from 'wouter';
import { useStore } from '../../state/store';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { paths } from '../paths';
import { openDialog } from '../ui-state';

/** In place of messages while no conversation is chosen. */
export function Welcome() {
  const { t } = useLingui();
  const name = useStore((state) => state.instance?.name ?? 'Snug');
  const hasServer = useStore((state) => Object.keys(state.servers).length > 0);
  return (
    <main className="grid grow place-items-center bg-canvas">
      <EmptyState
        icon={<MessagesSquare />}
        title={hasServer ? t`Choose a conversation` : t`Welcome to ${name}`}
        action={
          <div className="flex flex-wrap justify-center gap-2">
            <Button icon={<MessageSquarePlus size={18} aria-hidden />} onClick={() => openDialog('start')}>
              {t`New conversation`}
            </Button>
            {!hasServer && (
              <Button
                variant="primary"
                icon={<Plus size={18} aria-hidden />}
                onClick={() => openDialog('add-server')}
              >
                {t`Create or join a server`}
              </Button>
            )}
          </div>
        }
      >
        {hasServer
          ? t`Pick one on the left, or start a new one.`
          : t`A server is your community's home: it has rooms to talk in, and members. Make one, or join one with its five-character code.`}
      </EmptyState>
    </main>
  );
}

export function NothingHere({ what }: { what: 'room' | 'rooms' | 'conversation' }) {
  const { t } = useLingui();
  const titles = {
    room: t`There is no such room`,
    rooms: t`No rooms yet`,
    conversation: t`There is no such conversation`,
  };
  return (
    <main className="grid grow place-items-center bg-canvas">
      <EmptyState
        icon={<Hash />}
        title={titles[what]}
        action={
          what === 'rooms' ? null : (
            <Link href={paths.home} className="font-medium text-accent-text underline">
              {t`Go back`}
            </Link>
          )
        }
      >
        {what === 'rooms'
          ? t`When somebody adds a room, it appears on the left.`
          : t`It may have been deleted, or you are no longer part of it.`}
      </EmptyState>
    </main>
  );
}
