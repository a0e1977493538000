import { useLingui } from '@lingui/react/macro';
import { useForm } from '../lib/use-form';
import { useLoad } from '../lib/use-load';
import { store } from '../state/store';
import { Button } from '../ui/Button';
import { Choice } from '../ui/Choice';
import { FormError } from '../ui/FormError';
import { LoadError } from '../ui/LoadError';
import { Skeleton } from '../ui/Skeleton';
import { TextField } from '../ui/TextField';
import { toasts } from '../ui/toasts';
import { type InstanceSettings, loadSettings, updateSettings } from './api';
import { MailAdmin } from './MailAdmin';

/** Name of the instance and who may make an account. */
export function InstanceSettingsForm() {
  const settings = useLoad(loadSettings);
  if (settings.data) {
    return (
      <div className="flex flex-col gap-6">
        <Form settings={settings.data} />
        <MailAdmin />
      </div>
    );
  }
  return settings.error ? (
    <LoadError error={settings.error} retry={settings.reload} />
  ) : (
    <Skeleton className="h-48 w-full" />
  );
}

function Form({ settings }: { settings: InstanceSettings }) {
  const { t } = useLingui();
  const form = useForm({
    initial: { name: settings.name, registration: settings.registration },
    validate: ({ name }): { name?: string } =>
      name.trim() === '' ? { name: t`Give the instance a name.` } : {},
    submit: async ({ name, registration }) => {
      const saved = await updateSettings({ name: name.trim(), registration });
      store.setState((state) => ({
        instance: state.instance && { ...state.instance, name: saved.name, registration: saved.registration },
      }));
      toasts.info(t`Settings saved.`);
    },
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-5">
      <TextField
        {...form.text('name')}
        label={t`Name of the instance`}
        hint={t`Shown where people sign in.`}
        maxLength={64}
        autoComplete="off"
      />
      <Choice
        label={t`New accounts`}
        layout="column"
        value={form.values.registration}
        onChange={(registration) => form.set({ registration })}
        options={[
          { value: 'open', label: t`Open`, hint: t`Anybody who reaches this address can register.` },
          { value: 'invite', label: t`By invite`, hint: t`Only with an invite of an administrator.` },
          { value: 'closed', label: t`Closed`, hint: t`Nobody can register.` },
        ]}
      />
      <FormError text={form.error} />
      <div>
        <Button type="submit" variant="primary" busy={form.busy}>{t`Save changes`}</Button>
      </div>
    </form>
  );
}
