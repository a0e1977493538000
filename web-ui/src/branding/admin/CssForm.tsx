import { Trans, useLingui } from '@lingui/react/macro';
import { useForm } from '../../lib/use-form';
import { Button } from '../../ui/Button';
import { FormError } from '../../ui/FormError';
import { Section } from '../../ui/Section';
import { TextArea } from '../../ui/TextArea';
import { toasts } from '../../ui/toasts';
import { changeBranding } from './api';
import type { PartProps } from './BrandingAdmin';
import { Origin } from './Origin';

/** The instance's own style sheet. */
export function CssForm({ branding: { css }, set }: PartProps) {
  const { t } = useLingui();
  const form = useForm({
    initial: { css: css.value ?? '' },
    submit: async (values) => {
      set(await changeBranding({ css: values.css }));
      toasts.info(t`Style sheet saved.`);
    },
  });
  return (
    <Section
      title={t`Style sheet`}
      description={
        <Trans>
          CSS for everybody, over Snug's own, up to 64 KiB. It can hide anything, and may not fit the next
          version. The administration is always shown without it, and <code>snug branding reset css</code>{' '}
          takes it back.
        </Trans>
      }
    >
      <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-3">
        <TextArea
          {...form.text('css')}
          label={t`Style sheet`}
          hideLabel
          rows={8}
          spellCheck={false}
          autoCapitalize="none"
          className="font-mono"
        />
        <FormError text={form.error} />
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" busy={form.busy}>{t`Save style sheet`}</Button>
          <Origin
            origin={css.origin}
            of={t`Style sheet`}
            back={async () => set(await changeBranding({ css: null }))}
          />
        </div>
      </form>
    </Section>
  );
}
