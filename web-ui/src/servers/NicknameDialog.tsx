import { useLingui } from '@lingui/react/macro';
import type { Id } from '../api/types';
import { useForm } from '../lib/use-form';
import { remember } from '../state/load';
import { store } from '../state/store';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/FormError';
import { TextField } from '../ui/TextField';
import { setNickname } from './api';

interface NicknameDialogProps {
  serverId: Id;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function NicknameDialog({ serverId, open, onOpenChange }: NicknameDialogProps) {
  const { t } = useLingui();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t`Your nickname here`} size="sm">
      <NicknameForm serverId={serverId} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function NicknameForm({ serverId, onDone }: { serverId: Id; onDone: () => void }) {
  const { t } = useLingui();
  const form = useForm({
    initial: { nickname: store.getState().servers[serverId]?.me.nickname ?? '' },
    submit: async ({ nickname }) => {
      remember.members(serverId, [await setNickname(serverId, nickname.trim() || null)]);
      onDone();
    },
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <TextField
        {...form.text('nickname')}
        label={t`Nickname`}
        hint={t`Shown in this server in place of your name. Empty takes it away.`}
        maxLength={64}
        autoComplete="off"
      />
      <FormError text={form.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t`Cancel`}</Button>
        <Button type="submit" variant="primary" busy={form.busy}>{t`Save`}</Button>
      </div>
    </form>
  );
}
