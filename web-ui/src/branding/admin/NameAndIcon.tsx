import { useLingui } from '@lingui/react/macro';
import { useForm } from '../../lib/use-form';
import { Button } from '../../ui/Button';
import { FormError } from '../../ui/FormError';
import { PictureField } from '../../ui/PictureField';
import { Section } from '../../ui/Section';
import { TextField } from '../../ui/TextField';
import { toasts } from '../../ui/toasts';
import { changeBranding, deleteIcon, putIcon } from './api';
import type { PartProps } from './BrandingAdmin';
import { Origin } from './Origin';

/** What the instance is called, and its icon. */
export function NameAndIcon({ branding, set }: PartProps) {
  const { t } = useLingui();
  const { name, icon } = branding;
  return (
    <Section
      title={t`Name and icon`}
      description={t`The icon stands in the browser's tab, on the sign-in page and where Snug is installed. At least 128 pixels.`}
    >
      <NameForm key={name.value} branding={branding} set={set} />
      <PictureField
        name={name.value ?? ''}
        picture={icon.url ?? '/favicon.svg'}
        square
        onUpload={async (picture) => set(await putIcon(picture))}
      />
      <Origin origin={icon.origin} of={t`Icon`} back={async () => set(await deleteIcon())} />
    </Section>
  );
}

function NameForm({ branding: { name }, set }: PartProps) {
  const { t } = useLingui();
  const form = useForm({
    initial: { name: name.value ?? '' },
    validate: (values): { name?: string } =>
      values.name.trim() === '' ? { name: t`Give the instance a name.` } : {},
    submit: async (values) => {
      set(await changeBranding({ name: values.name.trim() }));
      toasts.info(t`Name saved.`);
    },
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-3">
      <TextField {...form.text('name')} label={t`Name of the instance`} maxLength={50} autoComplete="off" />
      <FormError text={form.error} />
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" busy={form.busy}>{t`Save name`}</Button>
        <Origin
          origin={name.origin}
          of={t`Name`}
          back={async () => set(await changeBranding({ name: null }))}
        />
      </div>
    </form>
  );
}
