import { useLingui } from '@lingui/react/macro';
import { LogOut, Pencil, UserMinus, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Id, Participant } from '../api/types';
import { paths } from '../app/paths';
import { encryption, useEncryption } from '../encryption/engine';
import { plainly } from '../encryption/texts';
import { VerifiedMark } from '../encryption/ui/VerifiedMark';
import { edge } from '../state/edge';
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
  const encrypted = useEncryption((state) => state.conversations[conversationId]);
  const ids = (encrypted?.members ?? conversation?.participants ?? []).map(({ user_id }) => user_id);
  useUsers(ids);
  useWatchedPresence(ids);
  if (!conversation) return null;
  const own = encrypted?.role ?? conversation.participants.find(({ user_id }) => user_id === me)?.role;
  const mayRemove = (role: string) => own === 'owner' || (own === 'admin' && role !== 'owner');
  // What an encrypted group's members agreed on counts, not what the node says.
  const people: Line[] = encrypted?.members ?? conversation.participants;
  const close = () => setAsking(null);
  return (
    <div className="flex flex-col gap-4 p-3">
      <div className="flex flex-col gap-1">
        {(encrypted?.canAdd ?? true) && (
          <Button
            variant="ghost"
            className="justify-start"
            icon={<UserPlus size={18} aria-hidden />}
            onClick={() => setAsking({ what: 'add' })}
          >
            {t`Add people`}
          </Button>
        )}
        {(encrypted?.canRename ?? true) && (
          <Button
            variant="ghost"
            className="justify-start"
            icon={<Pencil size={18} aria-hidden />}
            onClick={() => setAsking({ what: 'rename' })}
          >
            {t`Rename group`}
          </Button>
        )}
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
          {people.map((participant) => (
            <li key={participant.user_id}>
              <PersonLine
                participant={participant}
                remove={
                  mayRemove(participant.role) && participant.user_id !== me
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
          await (edge.isEncrypted(conversationId)
            ? plainly(encryption.leave(conversationId))
            : removeFromGroup(conversationId, me ?? ''));
          navigate(paths.conversations);
        }}
      />
      <ConfirmDialog
        open={asking?.what === 'remove'}
        onOpenChange={close}
        title={t`Remove ${asking?.what === 'remove' ? nameOf(users[asking.userId]) : ''}?`}
        description={
          edge.isEncrypted(conversationId)
            ? t`They can't read what is written from now on. What they have read they may have kept.`
            : t`They will not see the group's messages any more.`
        }
        confirmLabel={t`Remove`}
        danger
        onConfirm={async () => {
          if (asking?.what !== 'remove') return;
          await (edge.isEncrypted(conversationId)
            ? plainly(encryption.removePerson(conversationId, asking.userId))
            : removeFromGroup(conversationId, asking.userId));
        }}
      />
    </div>
  );
}

type Line = Pick<Participant, 'user_id'> & { role: string };

function PersonLine({ participant, remove }: { participant: Line; remove: (() => void) | null }) {
  const { t } = useLingui();
  const user = useStore((state) => state.users[participant.user_id]);
  const presence = useStore((state) => state.presence[participant.user_id]?.presence ?? 'offline');
  const name = nameOf(user);
  return (
    <div className="group flex min-h-11 items-center gap-2.5 rounded-md px-2 hover:bg-hover">
      <Avatar name={name} picture={user?.picture} presence={presence} size="sm" />
      <span className="flex min-w-0 grow items-center gap-1.5">
        <span className="truncate">{name}</span>
        <VerifiedMark userId={participant.user_id} size={14} />
        {participant.role === 'owner' && <span className="shrink-0 text-faint text-xs">{t`owner`}</span>}
        {participant.role === 'admin' && <span className="shrink-0 text-faint text-xs">{t`admin`}</span>}
        {participant.role === 'reader' && (
          <span className="shrink-0 text-faint text-xs">{t`reads only`}</span>
        )}
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
