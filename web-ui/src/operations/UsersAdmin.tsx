import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '../api/errors';
import type { AdminUser } from '../api/types';
import { Button } from '../ui/Button';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { FormError } from '../ui/FormError';
import { Spinner } from '../ui/Spinner';
import { TextField } from '../ui/TextField';
import { toasts } from '../ui/toasts';
import { updateUser } from './api';
import { ResetLinkDialog } from './ResetLinkDialog';
import { SessionsDialog } from './SessionsDialog';
import { UserLine } from './UserLine';
import { useUsers } from './use-users';

/** Every account, with role, state and a way to reset its password. */
export function UsersAdmin() {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const list = useUsers(search);
  const [resetting, setResetting] = useState<AdminUser | null>(null);
  const [looking, setLooking] = useState<AdminUser | null>(null);
  const [disabling, setDisabling] = useState<AdminUser | null>(null);

  async function change(user: AdminUser, change: Parameters<typeof updateUser>[1]) {
    try {
      list.replace(await updateUser(user.user.id, change));
    } catch (error) {
      toasts.error(errorText(error));
    }
  }

  return (
    <div className="flex flex-col gap-4">
      <TextField
        label={t`Find a user`}
        placeholder={t`Username, name or e-mail`}
        type="search"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        autoComplete="off"
      />
      <ul aria-label={t`Users`} aria-busy={list.isLoading} className="flex flex-col">
        {list.users.map((user) => (
          <UserLine
            key={user.user.id}
            user={user}
            onRole={(role) => void change(user, { role })}
            onEnable={() => void change(user, { is_disabled: false })}
            onDisable={() => setDisabling(user)}
            onReset={() => setResetting(user)}
            onSessions={() => setLooking(user)}
          />
        ))}
      </ul>
      <FormError text={list.error} />
      {list.isLoading && <Spinner label={t`Loading…`} />}
      {!list.isLoading && !list.error && list.users.length === 0 && (
        <p className="text-muted">{t`No account matches.`}</p>
      )}
      {list.cursor && !list.isLoading && <Button onClick={list.loadMore}>{t`Show more`}</Button>}
      <ConfirmDialog
        open={disabling !== null}
        onOpenChange={() => setDisabling(null)}
        title={t`Disable @${disabling?.user.username ?? ''}?`}
        description={t`All their devices are signed out at once and they cannot sign in. Their messages stay. You can enable the account again.`}
        confirmLabel={t`Disable`}
        danger
        onConfirm={async () => {
          if (disabling) list.replace(await updateUser(disabling.user.id, { is_disabled: true }));
        }}
      />
      {looking && <SessionsDialog user={looking} onClose={() => setLooking(null)} />}
      {resetting && <ResetLinkDialog user={resetting} onClose={() => setResetting(null)} />}
    </div>
  );
}
