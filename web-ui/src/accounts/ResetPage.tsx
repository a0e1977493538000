import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Link, useParams } from 'wouter';
import type { Id } from '../api/types';
import { paths } from '../app/paths';
import { useForm } from '../lib/use-form';
import { useLoad } from '../lib/use-load';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/EmptyState';
import { FormError } from '../ui/FormError';
import { Spinner } from '../ui/Spinner';
import { AuthFrame } from './AuthFrame';
import { loadReset, resetPassword } from './api';
import { NewPasswordField } from './NewPasswordField';
import { provePassword } from './password';
import { refusePassword } from './password-rules';
import { StepText } from './StepText';
import type { SignInStep } from './sign-in';
import { onlyErrors } from './validation';

/** A new password by the one-time link of an administrator. */
export function ResetPage() {
  const { t } = useLingui();
  const { token = '' } = useParams<{ token: string }>();
  const [done, setDone] = useState(false);
  const link = useLoad(() => loadReset(token), token);

  if (done) {
    return (
      <AuthFrame
        title={t`Password changed`}
        lead={t`All devices were signed out. Sign in with the new password.`}
      >
        <ToSignIn />
      </AuthFrame>
    );
  }
  if (link.error) {
    return (
      <AuthFrame title={t`Set a new password`}>
        <EmptyState title={t`This link is not valid any more`} action={<ToSignIn />}>
          <Trans>It works once and for a limited time. Ask an administrator for a new one.</Trans>
        </EmptyState>
      </AuthFrame>
    );
  }
  if (!link.data) {
    return (
      <AuthFrame title={t`Set a new password`}>
        <Spinner label={t`Checking the link…`} />
      </AuthFrame>
    );
  }
  const { username } = link.data;
  return (
    <AuthFrame title={t`Set a new password`} lead={<Trans>For the account {username}.</Trans>}>
      <ResetForm token={token} account={link.data.account} username={username} onDone={() => setDone(true)} />
    </AuthFrame>
  );
}

function ToSignIn() {
  return (
    <Link href={paths.signIn} className="font-medium text-accent-text underline underline-offset-2">
      <Trans>Sign in</Trans>
    </Link>
  );
}

interface ResetFormProps {
  token: string;
  account: Id;
  username: string;
  onDone: () => void;
}

function ResetForm({ token, account, username, onDone }: ResetFormProps) {
  const { t } = useLingui();
  const [step, setStep] = useState<SignInStep | null>(null);
  const form = useForm({
    initial: { password: '' },
    validate: async ({ password }) => onlyErrors({ password: await refusePassword(password, [username]) }),
    submit: async ({ password }) => {
      try {
        setStep('deriving');
        const proof = await provePassword(account, password);
        setStep('sending');
        await resetPassword({ token, ...proof });
      } finally {
        setStep(null);
      }
      onDone();
    },
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      {/* Password managers keep the name together with the new password. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <NewPasswordField {...form.text('password')} value={form.values.password} label={t`New password`} />
      <FormError text={form.error} />
      <Button type="submit" variant="primary" size="lg" busy={form.busy}>
        <StepText step={step} rest={t`Set password`} />
      </Button>
    </form>
  );
}
