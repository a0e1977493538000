import { useLingui } from '@lingui/react/macro';
import { useForm } from '../lib/use-form';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/FormError';
import { TextField } from '../ui/TextField';
import { byteSize } from './byte-size';
import { choiceOf, chosenText, type PersonStorage, updateQuota } from './storage';

interface QuotaDialogProps {
  person: PersonStorage;
  onClose: () => void;
  onChanged: (person: PersonStorage) => void;
}

/** Changes what one person may store. */
export function QuotaDialog({ person, onClose, onChanged }: QuotaDialogProps) {
  const { t } = useLingui();
  const { user, bytes, allowed } = person;
  const form = useForm({
    initial: { quota: chosenText(allowed) },
    submit: async ({ quota }) => {
      onChanged(await updateQuota(user.id, choiceOf(quota)));
      onClose();
    },
  });
  const usual = allowed.default_bytes === null ? t`any amount` : byteSize(allowed.default_bytes);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Quota of @${user.username}`}
      description={t`Stores ${byteSize(bytes)}. What is stored already stays, also if it is more.`}
      size="sm"
    >
      <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
        <TextField
          {...form.text('quota')}
          label={t`May store`}
          placeholder={usual}
          hint={t`Such as 500MB, 2GB or unlimited. Empty: as for everybody, ${usual}.`}
          maxLength={32}
          autoComplete="off"
        />
        <FormError text={form.error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary" busy={form.busy}>{t`Save changes`}</Button>
        </div>
      </form>
    </Dialog>
  );
}
