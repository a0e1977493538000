import { useLingui } from '@lingui/react/macro';
import { LogOut, Pencil, UserMinus, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Id, Participant } from '../api/types';
import { paths } from '../app/paths';
import { useWatchedPresence } from '../state/presence';
import { nameOf } from '../state/selectors';
import { useStore } from '../state/store';
import { useUsers } from '../state/users';
import { Avatar } from '../ui/Avatar';
import { Button } from '../ui/Button';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { IconButton } from '../ui/IconButton';
import { removeFromGroup } from './api';
import { AddToGroup, RenameGroup } from './GroupDialogs';

type Asking = { what: 'rename' | 'add' | 'leave' } | { what: 'remove'; userId: Id } | null;

/** Who is in a group, and what one may do about it. */
export function GroupPanel({ conversationId }: { conversationId: Id }) {
  const { t } = useLingui();
  const [asking, setAsking] = useState<Asking>(null);
  const [, navigate] = useLocation();
  const conversation = useStore((state) => state.conversations[conversationId]);
  const me = useStore((state) => state.me?.user.id);
  const users = useStore((state) => state.users);
  const ids = conversation?.participants.map(({ user_id }) => user_id) ?? [];
  useUsers(ids);
  useWatchedPresence(ids);
  if (!conversation) return null;
  const isOwner = conversation.participants.some(({ user_id, role }) => user_id === me && role === 'owner');
  const close = () => setAsking(null);
  return (
    <div className="flex flex-col gap-4 p-3">
      <div className="flex flex-col gap-1">
        <Button
          variant="ghost"
          className="justify-start"
          icon={<UserPlus size={18} aria-hidden />}
          onClick={() => setAsking({ what: 'add' })}
        >
          {t`Add people`}
        </Button>
        <Button
          variant="ghost"
          className="justify-start"
          icon={<Pencil size={18} aria-hidden />}
          onClick={() => setAsking({ what: 'rename' })}
        >
          {t`Rename group`}
        </Button>
        <Button
          variant="ghost"
          className="justify-start text-danger-text"
          icon={<LogOut size={18} aria-hidden />}
          onClick={() => setAsking({ what: 'leave' })}
        >
          {t`Leave group`}
        </Button>
      </div>
      <section>
        <h2 className="mb-1 px-2 font-semibold text-faint text-xs">
          {t`People`} · {ids.length}
        </h2>
        <ul>
          {conversation.participants.map((participant) => (
            <li key={participant.user_id}>
              <PersonLine
                participant={participant}
                remove={
                  isOwner && participant.user_id !== me
                    ? () => setAsking({ what: 'remove', userId: participant.user_id })
                    : null
                }
              />
            </li>
          ))}
        </ul>
      </section>
      {asking?.what === 'rename' && <RenameGroup conversation={conversation} onClose={close} />}
      {asking?.what === 'add' && <AddToGroup conversation={conversation} onClose={close} />}
      <ConfirmDialog
        open={asking?.what === 'leave'}
        onOpenChange={close}
        title={t`Leave this group?`}
        description={t`You will not see its messages any more, unless somebody adds you again.`}
        confirmLabel={t`Leave group`}
        danger
        onConfirm={async () => {
          await removeFromGroup(conversationId, me ?? '');
          navigate(paths.conversations);
        }}
      />
      <ConfirmDialog
        open={asking?.what === 'remove'}
        onOpenChange={close}
        title={t`Remove ${asking?.what === 'remove' ? nameOf(users[asking.userId]) : ''}?`}
        description={t`They will not see the group's messages any more.`}
        confirmLabel={t`Remove`}
        danger
        onConfirm={async () => {
          if (asking?.what === 'remove') await removeFromGroup(conversationId, asking.userId);
        }}
      />
    </div>
  );
}

function PersonLine({ participant, remove }: { participant: Participant; remove: (() => void) | null }) {
  const { t } = useLingui();
  const user = useStore((state) => state.users[participant.user_id]);
  const presence = useStore((state) => state.presence[participant.user_id]?.presence ?? 'offline');
  const name = nameOf(user);
  return (
    <div className="group flex min-h-11 items-center gap-2.5 rounded-md px-2 hover:bg-hover">
      <Avatar name={name} picture={user?.picture} presence={presence} size="sm" />
      <span className="min-w-0 grow truncate">
        {name}
        {participant.role === 'owner' && <span className="ml-1.5 text-faint text-xs">{t`owner`}</span>}
      </span>
      {remove && (
        <IconButton
          size="sm"
          label={t`Remove ${name}`}
          icon={<UserMinus size={16} aria-hidden />}
          className="opacity-0 focus-visible:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100"
          onClick={remove}
        />
      )}
    </div>
  );
}
