import { useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { PasswordField } from '../../accounts/PasswordField';
import { Button } from '../../ui/Button';
import { FormError } from '../../ui/FormError';
import { toasts } from '../../ui/toasts';
import { useEncryption } from '../engine';
import { EncryptionError } from '../model';
import { encryptionText } from '../texts';
import { useAct } from './use-act';

interface ActFormProps {
  label: string;
  variant?: 'primary' | 'danger';
  isComplete: boolean;
  act(): Promise<unknown>;
  children: ReactNode;
}

/** Fields, what went wrong, and the button that does it. */
export function ActForm({ label, variant = 'primary', isComplete, act: work, children }: ActFormProps) {
  const act = useAct();
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (isComplete) void act.run(work);
      }}
    >
      {children}
      <FormError text={act.error} />
      <div>
        <Button type="submit" variant={variant} busy={act.busy !== null} disabled={!isComplete}>
          {label}
        </Button>
      </div>
    </form>
  );
}

/** Asks for a password and does something with it. */
export function PasswordForm({
  action,
  variant = 'primary',
  act,
}: {
  action: string;
  variant?: 'primary' | 'danger';
  act(password: string): Promise<unknown>;
}) {
  const { t } = useLingui();
  const [password, setPassword] = useState('');
  return (
    <ActForm label={action} variant={variant} isComplete={password !== ''} act={() => act(password)}>
      <PasswordField
        label={t`Password`}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
    </ActForm>
  );
}

/** Unlocks, and where the password is a new one has it open the messages from now on. */
export function UnlockForm({
  isComplete,
  unlock,
  children,
}: {
  isComplete: boolean;
  unlock(next?: string): Promise<void>;
  children: ReactNode;
}) {
  const { t } = useLingui();
  const isNew = useEncryption((state) => state.reason === 'new_password');
  const [next, setNext] = useState('');
  const act = async () => {
    try {
      await unlock(isNew ? next : undefined);
    } catch (error) {
      // This form is gone by then.
      if (!(error instanceof EncryptionError) || error.code !== 'wrong_new_password') throw error;
      toasts.error(encryptionText(error));
    }
  };
  return (
    <ActForm label={t`Unlock`} isComplete={isComplete && (!isNew || next !== '')} act={act}>
      {children}
      {isNew && (
        <PasswordField
          label={t`Your new password`}
          hint={t`It opens your messages from then on.`}
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
      )}
    </ActForm>
  );
}
