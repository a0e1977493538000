import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { ApiError } from '../api/errors';
import { AgreeToRules } from '../branding/AgreeToRules';
import { useBranding } from '../branding/use-branding';
import { useForm } from '../lib/use-form';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { TextField } from '../ui/TextField';
import { NewPasswordField } from './NewPasswordField';
import { refusePassword } from './password-rules';
import { StepText } from './StepText';
import { registerAccount, type SignInStep } from './sign-in';
import { onlyErrors, refuseEmail, refuseUsername } from './validation';

interface RegisterFormProps {
  submitLabel: string;
  setupToken?: string;
  invite?: string;
  asksInvite?: boolean;
}

export function RegisterForm({ submitLabel, setupToken, invite = '', asksInvite }: RegisterFormProps) {
  const { t } = useLingui();
  const [step, setStep] = useState<SignInStep | null>(null);
  const branding = useBranding();
  // Who sets the instance up has not written any, yet.
  const hasRules = branding.data?.has_rules === true && setupToken === undefined;
  const form = useForm({
    initial: { username: '', display_name: '', email: '', password: '', invite, agrees: false },
    validate: async (values) =>
      onlyErrors({
        username: refuseUsername(values.username.trim()),
        email: refuseEmail(values.email.trim()),
        password: await refusePassword(values.password, [values.username, values.display_name]),
        agrees: hasRules && !values.agrees ? t`Read the rules and agree to them.` : null,
        invite: asksInvite && values.invite.trim() === '' ? t`Give the code of your invite.` : null,
      }),
    submit: async (values) => {
      try {
        await registerAccount(
          {
            username: values.username.trim(),
            display_name: values.display_name.trim(),
            email: values.email.trim(),
            password: values.password,
            setup_token: setupToken,
            invite: values.invite.trim() || undefined,
          },
          setStep,
        );
      } catch (error) {
        throw knownField(error);
      } finally {
        setStep(null);
      }
    },
  });

  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      {asksInvite && (
        <TextField
          {...form.text('invite')}
          label={t`Invite code`}
          autoComplete="off"
          autoCapitalize="characters"
        />
      )}
      <TextField
        {...form.text('username')}
        label={t`Username`}
        hint={t`How others mention you. It can be changed later.`}
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        maxLength={32}
      />
      <TextField
        {...form.text('display_name')}
        label={t`Name to show (optional)`}
        autoComplete="name"
        maxLength={64}
      />
      <TextField
        {...form.text('email')}
        type="email"
        label={t`E-mail (optional)`}
        hint={t`For signing in with it. Nobody else sees it.`}
        autoComplete="email"
      />
      <NewPasswordField {...form.text('password')} value={form.values.password} label={t`Password`} />
      {hasRules && (
        <AgreeToRules
          checked={form.values.agrees}
          error={form.errors.agrees}
          onChange={(agrees) => form.set({ agrees })}
        />
      )}
      <FormError text={form.error} />
      <Button type="submit" variant="primary" size="lg" busy={form.busy}>
        <StepText step={step} rest={submitLabel} />
      </Button>
    </form>
  );
}

/** Some refusals are about a field without naming it. */
function knownField(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.field) return error;
  const field = {
    'username.taken': 'username',
    'email.taken': 'email',
    'registration.invite_required': 'invite',
  }[error.code];
  return field
    ? new ApiError({ code: error.code, detail: error.detail, field, status: error.status })
    : error;
}
