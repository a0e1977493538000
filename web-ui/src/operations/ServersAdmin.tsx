import { Plural, useLingui } from '@lingui/react/macro';
import { Ellipsis, Trash2, UserRoundCog } from 'lucide-react';
import { useState } from 'react';
import { exactTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { Avatar } from '../ui/Avatar';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { IconButton } from '../ui/IconButton';
import { LoadError } from '../ui/LoadError';
import { Menu } from '../ui/Menu';
import { Skeleton } from '../ui/Skeleton';
import { TextField } from '../ui/TextField';
import { type AdminServer, eraseServer, loadServers } from './servers';
import { TransferDialog } from './TransferDialog';

/** The communities of the instance. */
export function ServersAdmin() {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const list = useLoad(() => loadServers(search.trim()), search.trim());
  const [deleting, setDeleting] = useState<AdminServer | null>(null);
  const [giving, setGiving] = useState<AdminServer | null>(null);
  const more = list.data ? list.data.count - list.data.servers.length : 0;
  return (
    <div className="flex flex-col gap-4">
      <TextField
        label={t`Find a server`}
        placeholder={t`Name`}
        type="search"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        autoComplete="off"
      />
      {list.error && !list.data && <LoadError error={list.error} retry={list.reload} />}
      {!list.data && !list.error && <Skeleton className="h-40 w-full" />}
      {list.data?.servers.length === 0 && <p className="text-muted">{t`No server matches.`}</p>}
      <ul aria-label={t`Servers`} className="flex flex-col">
        {list.data?.servers.map((one) => (
          <Line
            key={one.server.id}
            of={one}
            onDelete={() => setDeleting(one)}
            onGive={() => setGiving(one)}
          />
        ))}
      </ul>
      {more > 0 && (
        <p className="text-muted text-sm">
          <Plural
            value={more}
            one="One more matches: search for its name."
            other="# more match: search for their names."
          />
        </p>
      )}
      <ConfirmDialog
        open={deleting !== null}
        onOpenChange={() => setDeleting(null)}
        title={t`Delete ${deleting?.server.name ?? ''}?`}
        description={t`All its rooms and everything that was said in them are deleted, for everybody and for ever.`}
        confirmLabel={t`Delete the server`}
        danger
        typed={deleting?.server.name}
        onConfirm={async () => {
          if (deleting) await eraseServer(deleting.server.id);
          list.reload();
        }}
      />
      {giving && (
        <TransferDialog
          of={giving}
          onClose={() => {
            setGiving(null);
            list.reload();
          }}
        />
      )}
    </div>
  );
}

interface LineProps {
  of: AdminServer;
  onDelete: () => void;
  onGive: () => void;
}

function Line({ of: { server, owner }, onDelete, onGive }: LineProps) {
  const { t } = useLingui();
  return (
    <li className="flex items-center gap-3 border-line border-b py-2.5 last:border-b-0">
      <Avatar name={server.name} picture={server.icon} size="md" />
      <div className="min-w-0 grow">
        <p className="truncate font-medium text-sm">{server.name}</p>
        <p className="truncate text-muted text-sm">
          {owner && `@${owner} · `}
          <Plural value={server.member_count} one="# member" other="# members" />
        </p>
        <p className="text-faint text-xs">{t`since ${exactTime(server.created_at)}`}</p>
      </div>
      <Menu
        align="end"
        entries={[
          { label: t`Give to another owner`, icon: <UserRoundCog size={17} aria-hidden />, run: onGive },
          {
            label: t`Delete the server`,
            icon: <Trash2 size={17} aria-hidden />,
            danger: true,
            run: onDelete,
          },
        ]}
        trigger={
          <IconButton label={t`What to do with ${server.name}`} icon={<Ellipsis size={18} aria-hidden />} />
        }
      />
    </li>
  );
}
