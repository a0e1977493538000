import { useLingui } from '@lingui/react/macro';
import { ExternalLink, MessageCircle } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Id, User } from '../api/types';
import { paths } from '../app/paths';
import { startTalk } from '../encryption/talk';
import { encryptionText } from '../encryption/texts';
import { VerifiedMark } from '../encryption/ui/VerifiedMark';
import { exactTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { remember } from '../state/load';
import { useWatchedPresence } from '../state/presence';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { Badge } from '../ui/Badge';
import { Button } from '../ui/Button';
import { Skeleton } from '../ui/Skeleton';
import { toasts } from '../ui/toasts';
import { loadUser } from './api';
import { PresenceLine } from './PresenceLine';

interface ProfileCardProps {
  userId: Id;
  /** Where the person is looked at: adds the nickname and the roles there. */
  serverId?: Id | null;
  /** The card led somewhere else: close what holds it. */
  onLeave?: () => void;
}

/** Who somebody is. */
export function ProfileCard({ userId, serverId = null, onLeave }: ProfileCardProps) {
  const known = useStore((state) => state.users[userId]);
  const loaded = useLoad(async () => {
    const user = await loadUser(userId);
    remember.users([user]);
    return user;
  }, userId);
  const user = known ?? loaded.data;
  useWatchedPresence([userId]);

  if (!user) {
    return (
      <div className="flex w-72 flex-col gap-3 p-4" aria-busy={!loaded.error}>
        {loaded.error ? (
          <p role="alert">{loaded.error.message}</p>
        ) : (
          <Skeleton className="h-16 w-16 rounded-full" />
        )}
        {!loaded.error && <Skeleton className="h-5 w-40" />}
      </div>
    );
  }
  return <Card user={user} serverId={serverId} onLeave={onLeave} />;
}

function Card({
  user,
  serverId,
  onLeave,
}: {
  user: User;
  serverId: Id | null;
  onLeave?: (() => void) | undefined;
}) {
  const { t } = useLingui();
  const presence = useStore((state) => state.presence[user.id]);
  const member = useStore((state) => (serverId ? state.members[serverId]?.[user.id] : undefined));
  const roles = useStore((state) => state.roles);
  const own = (member?.role_ids ?? [])
    .map((id) => roles[id])
    .filter((role) => role && role.kind !== 'member');
  const name = member?.nickname || user.display_name || user.username;

  return (
    <div className="flex w-72 flex-col gap-3 p-4">
      <div className="flex items-center gap-3">
        <Avatar name={name} picture={user.picture} presence={presence?.presence ?? 'offline'} size="lg" />
        <div className="min-w-0">
          <p className="flex items-center gap-1.5 font-semibold text-lg leading-tight">
            {name}
            <VerifiedMark userId={user.id} size={17} />
          </p>
          <p className="truncate text-muted text-sm">@{user.username}</p>
        </div>
      </div>
      {(user.type === 'agent' || user.is_disabled || own.length > 0) && (
        <div className="flex flex-wrap gap-1.5">
          {user.type === 'agent' && <Badge tone="soft">{t`Agent`}</Badge>}
          {user.is_disabled && <Badge tone="warn">{t`Disabled`}</Badge>}
          {own.map((role) => role && <Badge key={role.id}>{role.name}</Badge>)}
        </div>
      )}
      <PresenceLine presence={presence} statusText={user.status_text} />
      {user.bio && <p className="whitespace-pre-wrap text-sm">{user.bio}</p>}
      {user.link && (
        <a
          href={user.link}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className="inline-flex items-center gap-1.5 text-accent-text text-sm underline underline-offset-2"
        >
          <ExternalLink size={14} aria-hidden className="shrink-0" />
          {user.link.replace(/^https?:\/\//, '')}
        </a>
      )}
      <p className="text-faint text-xs">{t`Here since ${exactTime(user.created_at)}`}</p>
      <MessageButton userId={user.id} onLeave={onLeave} />
    </div>
  );
}

function MessageButton({ userId, onLeave }: { userId: Id; onLeave?: (() => void) | undefined }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const me = useStore((state) => state.me?.user.id);
  const [busy, setBusy] = useState(false);
  if (userId === me) return null;

  async function open() {
    setBusy(true);
    try {
      navigate(paths.conversation(await startTalk([userId])));
      onLeave?.();
    } catch (error) {
      toasts.error(encryptionText(error));
      setBusy(false);
    }
  }

  return (
    <Button
      variant="primary"
      busy={busy}
      icon={<MessageCircle size={17} aria-hidden />}
      onClick={() => void open()}
    >{t`Message`}</Button>
  );
}
