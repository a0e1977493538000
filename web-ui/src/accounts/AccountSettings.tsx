import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { ApiError } from '../api/errors';
import type { Account } from '../api/types';
import { encryption, encryptionStore } from '../encryption/engine';
import { EncryptionError } from '../encryption/model';
import { useForm } from '../lib/use-form';
import { store, useStore } from '../state/store';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { Section } from '../ui/Section';
import { TextField } from '../ui/TextField';
import { toasts } from '../ui/toasts';
import { changePassword, prelogin, updateMe } from './api';
import { NewPasswordField } from './NewPasswordField';
import { PasswordField } from './PasswordField';
import { deriveAuthKey, provePassword } from './password';
import { refusePassword } from './password-rules';
import { StepText } from './StepText';
import type { SignInStep } from './sign-in';
import { onlyErrors, refuseEmail } from './validation';

export function AccountSettings() {
  const me = useStore((state) => state.me);
  if (!me) return null;
  return (
    <>
      <EmailForm me={me} />
      <PasswordForm me={me} />
    </>
  );
}

function EmailForm({ me }: { me: Account }) {
  const { t } = useLingui();
  const form = useForm({
    initial: { email: me.email ?? '' },
    validate: ({ email }) => onlyErrors({ email: refuseEmail(email.trim()) }),
    submit: async ({ email }) => {
      store.setState({ me: await updateMe({ email: email.trim() }) });
      toasts.info(t`E-mail address saved.`);
    },
  });
  return (
    <Section title={t`E-mail`} description={t`Optional. You can sign in with it; nobody else sees it.`}>
      <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
        <TextField {...form.text('email')} type="email" label={t`E-mail address`} autoComplete="email" />
        <FormError text={form.error} />
        <div>
          <Button type="submit" variant="primary" busy={form.busy}>{t`Save e-mail`}</Button>
        </div>
      </form>
    </Section>
  );
}

/** Stands below the field of the present password. */
class WrongPassword extends Error {
  readonly field = 'current';
}

const isWrongPassword = (error: unknown): boolean =>
  (error instanceof EncryptionError && error.code === 'wrong_password') ||
  (error instanceof ApiError && (error.field === 'current_auth_key' || error.code === 'auth.wrong_password'));

const empty = { current: '', password: '' };

function PasswordForm({ me }: { me: Account }) {
  const { t } = useLingui();
  const [step, setStep] = useState<SignInStep | null>(null);
  const { username } = me.user;
  const form = useForm({
    initial: empty,
    validate: async ({ current, password }) =>
      onlyErrors({
        current: current === '' ? t`Give your present password.` : null,
        password: await refusePassword(password, [username, me.user.display_name]),
      }),
    submit: async ({ current, password }) => {
      try {
        if (encryptionStore.getState().identity?.hasPassword) {
          // The password opens the account's keys as well: both change together.
          setStep('deriving');
          await encryption.changePassword(current, password);
        } else {
          setStep('asking');
          const { account, salt, ...kdf } = await prelogin(username);
          setStep('deriving');
          const current_auth_key = await deriveAuthKey(account, current, salt, kdf);
          const proof = await provePassword(account, password);
          setStep('sending');
          await changePassword({ current_auth_key, ...proof });
        }
      } catch (error) {
        throw isWrongPassword(error) ? new WrongPassword(t`This is not your present password.`) : error;
      } finally {
        setStep(null);
      }
      form.reset(empty);
      toasts.info(t`Password changed. Your other devices were signed out.`);
    },
  });
  return (
    <Section title={t`Password`} description={t`Changing it signs out your other devices.`}>
      <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
        {/* Password managers keep the name together with the new password. */}
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <PasswordField {...form.text('current')} value={form.values.current} label={t`Present password`} />
        <NewPasswordField {...form.text('password')} value={form.values.password} label={t`New password`} />
        <FormError text={form.error} />
        <div>
          <Button type="submit" variant="primary" busy={form.busy}>
            <StepText step={step} rest={t`Change password`} />
          </Button>
        </div>
      </form>
    </Section>
  );
}
