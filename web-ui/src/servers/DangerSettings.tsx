import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Id, Member } from '../api/types';
import { paths } from '../app/paths';
import { useLoad } from '../lib/use-load';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { Section } from '../ui/Section';
import { TextField } from '../ui/TextField';
import { deleteServer, loadMemberPage, updateServer } from './api';
import { keepServer } from './keep';
import { memberName } from './member-actions';

/** What only the owner may do: hand the server on, or delete it. */
export function DangerSettings({ serverId }: { serverId: Id }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [deleting, setDeleting] = useState(false);
  const server = useStore((state) => state.servers[serverId]);
  if (!server) return null;
  return (
    <>
      <Section
        title={t`Hand the server on`}
        description={t`Another member becomes the owner. You stay as an admin and can leave then.`}
      >
        <Transfer serverId={serverId} />
      </Section>
      <Section
        title={t`Delete the server`}
        description={t`All rooms and messages are gone for everybody. This cannot be undone.`}
      >
        <div>
          <Button variant="danger" onClick={() => setDeleting(true)}>{t`Delete ${server.name}`}</Button>
        </div>
      </Section>
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={t`Delete ${server.name}?`}
        description={t`All rooms and messages are gone for everybody. This cannot be undone.`}
        confirmLabel={t`Delete server`}
        danger
        typed={server.name}
        onConfirm={async () => {
          await deleteServer(serverId);
          navigate(paths.home);
        }}
      />
    </>
  );
}

function Transfer({ serverId }: { serverId: Id }) {
  const { t } = useLingui();
  const me = useStore((state) => state.me?.user.id);
  const [q, setQ] = useState('');
  const [heir, setHeir] = useState<Member | null>(null);
  const found = useLoad(() => loadMemberPage(serverId, { q: q.trim(), limit: 6 }), q.trim());
  const others = q.trim() === '' ? [] : (found.data?.members ?? []).filter(({ user }) => user.id !== me);
  const name = heir ? memberName(heir) : '';
  return (
    <div className="flex flex-col gap-2">
      <TextField
        label={t`New owner`}
        placeholder={t`Search by name`}
        type="search"
        value={q}
        onChange={(event) => setQ(event.target.value)}
        autoComplete="off"
      />
      {others.length > 0 && (
        <ul className="flex flex-col gap-1">
          {others.map((member) => (
            <li
              key={member.user.id}
              className="flex items-center justify-between gap-3 rounded-md bg-side px-3 py-1.5"
            >
              <span className="min-w-0 truncate text-sm">
                {memberName(member)} <span className="text-muted">@{member.user.username}</span>
              </span>
              <Button size="sm" onClick={() => setHeir(member)}>{t`Make owner`}</Button>
            </li>
          ))}
        </ul>
      )}
      {q.trim() !== '' && found.data && others.length === 0 && (
        <p className="text-muted text-sm">{t`Nobody of that name is in the server.`}</p>
      )}
      <ConfirmDialog
        open={heir !== null}
        onOpenChange={() => setHeir(null)}
        title={t`Make ${name} the owner?`}
        description={t`You cannot take it back: only the new owner could give it to you again.`}
        confirmLabel={t`Make owner`}
        danger
        onConfirm={async () => {
          if (heir) keepServer(await updateServer(serverId, { owner_id: heir.user.id }));
        }}
      />
    </div>
  );
}
