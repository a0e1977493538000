import { useLingui } from '@lingui/react/macro';
import { useForm } from '../lib/use-form';
import { Button } from './Button';
import { FormError } from './FormError';
import { Select } from './Select';

const hour = 3_600;

interface InviteLimitsProps {
  submitLabel: string;
  onSubmit: (limits: { expires_in_s?: number; max_uses?: number }) => Promise<void>;
}

/** For how long and how often a link works. */
export function InviteLimits({ submitLabel, onSubmit }: InviteLimitsProps) {
  const { t } = useLingui();
  const form = useForm({
    initial: { expires_in_s: String(7 * 24 * hour), max_uses: '' },
    submit: ({ expires_in_s, max_uses }) =>
      onSubmit({
        ...(expires_in_s && { expires_in_s: Number(expires_in_s) }),
        ...(max_uses && { max_uses: Number(max_uses) }),
      }),
  });
  return (
    <form onSubmit={form.onSubmit} className="flex flex-col gap-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <Select
          label={t`Expires`}
          value={form.values.expires_in_s}
          error={form.errors.expires_in_s}
          onChange={(expires_in_s) => form.set({ expires_in_s })}
          options={[
            { value: String(hour), label: t`In an hour` },
            { value: String(24 * hour), label: t`In a day` },
            { value: String(7 * 24 * hour), label: t`In a week` },
            { value: String(30 * 24 * hour), label: t`In 30 days` },
            { value: '', label: t`Never` },
          ]}
        />
        <Select
          label={t`Works`}
          value={form.values.max_uses}
          error={form.errors.max_uses}
          onChange={(max_uses) => form.set({ max_uses })}
          options={[
            { value: '', label: t`Without limit` },
            { value: '1', label: t`Once` },
            { value: '5', label: t`5 times` },
            { value: '25', label: t`25 times` },
            { value: '100', label: t`100 times` },
          ]}
        />
      </div>
      <FormError text={form.error} />
      <Button type="submit" variant="primary" busy={form.busy}>
        {submitLabel}
      </Button>
    </form>
  );
}
