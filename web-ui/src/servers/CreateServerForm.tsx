import { useLingui } from '@lingui/react/macro';
import type { ServerState } from '../api/types';
import { useForm } from '../lib/use-form';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { TextArea } from '../ui/TextArea';
import { TextField } from '../ui/TextField';
import { createServer } from './api';

export function CreateServerForm({ onDone }: { onDone: (created: ServerState) => void }) {
  const { t } = useLingui();
  const most = useStore((state) => state.instance?.limits.servers_per_user);
  const form = useForm({
    initial: { name: '', description: '' },
    validate: ({ name }): { name?: string } =>
      name.trim() === '' ? { name: t`Give the server a name.` } : {},
    submit: async ({ name, description }) =>
      onDone(await createServer({ name: name.trim(), description: description.trim() })),
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <TextField {...form.text('name')} label={t`Name`} maxLength={100} autoComplete="off" />
      <TextArea {...form.text('description')} label={t`Description (optional)`} rows={2} maxLength={500} />
      <FormError text={form.error} />
      <Button type="submit" variant="primary" size="lg" busy={form.busy}>
        {t`Create server`}
      </Button>
      {most !== undefined && (
        <p className="text-center text-muted text-sm">{t`You can own up to ${most} servers here.`}</p>
      )}
    </form>
  );
}
