import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { paths } from '../app/paths';
import { useForm } from '../lib/use-form';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { TextField } from '../ui/TextField';
import { AuthFrame } from './AuthFrame';
import { withNext } from './next';
import { PasswordField } from './PasswordField';
import { StepText } from './StepText';
import type { SignInStep } from './sign-in';
import { useInstance } from './use-instance';
import { onlyErrors } from './validation';

// The derivation loads while the password is typed.
const loadSignIn = () => import('./sign-in');

export function SignInPage() {
  const { t } = useLingui();
  const [search] = useSearchParams();
  const { data: instance } = useInstance();
  const [step, setStep] = useState<SignInStep | null>(null);
  const form = useForm({
    initial: { login: '', password: '' },
    validate: ({ login, password }) =>
      onlyErrors({
        login: login.trim() === '' ? t`Give your username or e-mail address.` : null,
        password: password === '' ? t`Give your password.` : null,
      }),
    submit: async ({ login, password }) => {
      try {
        const { signInWithPassword } = await loadSignIn();
        await signInWithPassword(login.trim(), password, setStep);
      } finally {
        setStep(null);
      }
    },
  });
  const next = search.get('next');

  return (
    <AuthFrame
      title={t`Sign in`}
      lead={next?.startsWith('/invite/') ? t`Sign in to accept the invitation.` : undefined}
      footer={
        instance?.needs_setup ? (
          <Trans>
            Nobody has an account here yet. Open the set-up link that the node printed when it started.
          </Trans>
        ) : instance?.registration === 'closed' ? (
          <Trans>This instance takes no new accounts. Ask its administrator for one.</Trans>
        ) : (
          <Trans>
            New here?{' '}
            <Link
              href={withNext(paths.register, next)}
              className="font-medium text-accent-text underline underline-offset-2"
            >
              Create an account
            </Link>
          </Trans>
        )
      }
    >
      <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
        <TextField
          {...form.text('login')}
          label={t`Username or e-mail`}
          autoComplete="username"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
        />
        <PasswordField
          {...form.text('password')}
          value={form.values.password}
          label={t`Password`}
          onFocus={() => void loadSignIn().catch(() => undefined)}
        />
        <FormError text={form.error} />
        <Button type="submit" variant="primary" size="lg" busy={form.busy}>
          <StepText step={step} rest={t`Sign in`} />
        </Button>
        <p className="text-center text-muted text-sm">
          <Trans>Forgot your password? An administrator can give you a link to set a new one.</Trans>
        </p>
      </form>
    </AuthFrame>
  );
}
