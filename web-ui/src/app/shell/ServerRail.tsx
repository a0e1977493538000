import { useLingui } from '@lingui/react/macro';
import { MessagesSquare, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import type { Id } from '../../api/types';
import { privateUnread, serverMentions, serverUnread } from '../../state/selectors';
import { useStore } from '../../state/store';
import { Avatar } from '../../ui/Avatar';
import { Badge } from '../../ui/Badge';
import { cx } from '../../ui/cx';
import { IconButton } from '../../ui/IconButton';
import { Tooltip } from '../../ui/Tooltip';
import { paths } from '../paths';
import { openDialog, useUiState } from '../ui-state';

/** The outermost column: conversations, then every server. */
export function ServerRail() {
  const { t } = useLingui();
  const [location] = useLocation();
  const servers = useStore((state) => state.servers);
  const unread = useStore(privateUnread);
  const lastConversation = useUiState((state) => state.lastConversation);
  const isPrivate = location.startsWith(paths.conversations);
  const ordered = Object.values(servers).sort((a, b) => a.me.joined_at - b.me.joined_at);
  return (
    <nav
      aria-label={t`Servers`}
      className="flex w-16 shrink-0 flex-col items-center gap-2 overflow-y-auto bg-rail py-3 [scrollbar-width:none]"
    >
      <RailLink
        to={paths.conversations}
        label={t`Conversations`}
        isCurrent={isPrivate}
        isUnread={unread > 0}
        count={unread}
        lastPath={lastConversation}
      >
        <span
          className={cx(
            'grid size-11 place-items-center rounded-xl',
            isPrivate ? 'bg-accent text-accent-ink' : 'bg-hover text-ink group-hover:bg-pressed',
          )}
        >
          <MessagesSquare size={22} aria-hidden />
        </span>
      </RailLink>
      <span aria-hidden className="h-px w-8 shrink-0 bg-line" />
      {ordered.map((server) => (
        <ServerLink key={server.id} id={server.id} name={server.name} icon={server.icon} />
      ))}
      <IconButton
        label={t`Create or join a server`}
        side="right"
        icon={<Plus size={22} aria-hidden />}
        className="size-11 rounded-xl border border-edge border-dashed"
        onClick={() => openDialog('add-server')}
      />
    </nav>
  );
}

function ServerLink({ id, name, icon }: { id: Id; name: string; icon: string | null }) {
  const [location] = useLocation();
  const isUnread = useStore((state) => serverUnread(state, id));
  const mentions = useStore((state) => serverMentions(state, id));
  const isCurrent = location.startsWith(paths.server(id));
  return (
    <RailLink to={paths.server(id)} label={name} isCurrent={isCurrent} isUnread={isUnread} count={mentions}>
      <Avatar name={name} picture={icon} square className="[&>*]:size-11 [&>*]:rounded-xl" />
    </RailLink>
  );
}

interface RailLinkProps {
  to: string;
  label: string;
  isCurrent: boolean;
  isUnread: boolean;
  count: number;
  lastPath?: string | null;
  children: ReactNode;
}

function RailLink({ to, label, isCurrent, isUnread, count, children }: RailLinkProps) {
  const { t } = useLingui();
  const name = count > 0 ? t`${label}, ${count} for you` : isUnread ? t`${label}, unread` : label;
  return (
    <Tooltip label={label} side="right">
      <Link
        href={to}
        aria-label={name}
        aria-current={isCurrent ? 'page' : undefined}
        className="group relative flex w-full shrink-0 justify-center outline-offset-[-2px]"
      >
        <span
          aria-hidden
          className={cx(
            '-translate-y-1/2 absolute top-1/2 left-0 w-1 rounded-r-full bg-ink transition-all',
            isCurrent ? 'h-8' : isUnread ? 'h-2' : 'h-0 group-hover:h-4',
          )}
        />
        {children}
        {count > 0 && (
          <Badge tone="danger" className="-bottom-1 absolute right-1 ring-2 ring-rail">
            <span aria-hidden>{count > 99 ? '99+' : count}</span>
          </Badge>
        )}
      </Link>
    </Tooltip>
  );
}
