import { useLingui } from '@lingui/react/macro';
import type { Id } from '../api/types';
import { clockTime, exactTime } from '../lib/time';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { Badge } from '../ui/Badge';
import { Person } from './Person';

export function AuthorPicture({ userId, name }: { userId: Id; name: string }) {
  const picture = useStore((state) => state.users[userId]?.picture);
  return (
    <Person userId={userId} isDecor className="mt-0.5 h-fit rounded-full">
      <Avatar name={name} picture={picture} size="md" />
    </Person>
  );
}

export function Author({ userId, name, ms }: { userId: Id; name: string; ms: number }) {
  const { t } = useLingui();
  const isAgent = useStore((state) => state.users[userId]?.type === 'agent');
  return (
    <div className="flex items-baseline gap-2">
      <Person userId={userId} className="truncate font-semibold leading-6 hover:underline">
        {name}
      </Person>
      {isAgent && <Badge tone="soft">{t`agent`}</Badge>}
      <time
        dateTime={new Date(ms).toISOString()}
        title={exactTime(ms)}
        className="shrink-0 text-faint text-xs tabular-nums"
      >
        {clockTime(ms)}
      </time>
    </div>
  );
}
