import { useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { PasswordField } from '../../accounts/PasswordField';
import { Button } from '../../ui/Button';
import { FormError } from '../../ui/FormError';
import { useAct } from './use-act';

interface GatedFormProps {
  /** The verb of the act. */
  label: string;
  danger?: boolean;
  /** Does it; without a password first. */
  work: (password?: string) => Promise<void>;
  onCancel: () => void;
  children?: ReactNode;
}

/** A form for what may need the password: asks for it only when it does. */
export function GatedForm({ label, danger, work, onCancel, children }: GatedFormProps) {
  const { t } = useLingui();
  const [isNeeded, setNeeded] = useState(false);
  const [password, setPassword] = useState('');
  const act = useAct();
  const asks = isNeeded || act.code === 'needs_password';
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (asks) setNeeded(true);
        void act.run(() => (asks ? work(password) : work()));
      }}
    >
      {children}
      {asks && (
        <PasswordField
          label={t`Password`}
          hint={t`Your password is needed for this.`}
          value={password}
          autoFocus
          onChange={(event) => setPassword(event.target.value)}
        />
      )}
      {act.code !== 'needs_password' && <FormError text={act.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>{t`Cancel`}</Button>
        <Button
          type="submit"
          variant={danger ? 'danger' : 'primary'}
          busy={act.busy !== null}
          disabled={asks && password === ''}
        >
          {label}
        </Button>
      </div>
    </form>
  );
}
