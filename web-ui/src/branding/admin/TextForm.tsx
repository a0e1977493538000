import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useForm } from '../../lib/use-form';
import { Markdown } from '../../messages/Markdown';
import { Button } from '../../ui/Button';
import { FormError } from '../../ui/FormError';
import { Section } from '../../ui/Section';
import { TextArea } from '../../ui/TextArea';
import { toasts } from '../../ui/toasts';
import { changeBranding } from './api';
import type { PartProps } from './BrandingAdmin';
import { Origin } from './Origin';

interface TextFormProps extends PartProps {
  field: 'welcome' | 'rules';
  title: string;
  description: string;
  /** Characters. */
  most: number;
}

/** A text in Markdown, and how it looks. */
export function TextForm({ branding, set, field, title, description, most }: TextFormProps) {
  const { t } = useLingui();
  const { value, origin } = branding[field];
  const [isShown, setShown] = useState(false);
  const form = useForm({
    initial: { [field]: value ?? '' } as Record<typeof field, string>,
    submit: async (values) => {
      set(await changeBranding({ [field]: values[field] }));
      toasts.info(t`${title}: saved.`);
    },
  });
  const text = form.values[field];
  return (
    <Section title={title} description={description}>
      <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-3">
        <TextArea {...form.text(field)} label={title} hideLabel rows={6} maxLength={most} />
        {isShown && text.trim() !== '' && (
          <div className="rounded-lg border border-line p-3">
            <Markdown text={text} />
          </div>
        )}
        <FormError text={form.error} />
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" busy={form.busy} aria-label={t`${title}: save`}>{t`Save`}</Button>
          <Button
            variant="ghost"
            aria-pressed={isShown}
            aria-label={t`${title}: preview`}
            onClick={() => setShown(!isShown)}
          >
            {t`Preview`}
          </Button>
          <Origin
            origin={origin}
            of={title}
            back={async () => set(await changeBranding({ [field]: null }))}
          />
        </div>
      </form>
    </Section>
  );
}
