import { useLingui } from '@lingui/react/macro';
import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { IconButton } from '../ui/IconButton';
import { TextField } from '../ui/TextField';
import { loadCommonPasswords, passwordStrength, shortestPassword } from './password-rules';

interface PasswordFieldProps extends Omit<ComponentProps<typeof TextField>, 'trailing' | 'type' | 'value'> {
  value: string;
  /** A password that is being chosen: shows how strong it is. */
  isNew?: boolean;
}

/** A password, which can be shown. */
export function PasswordField({ isNew, value, hint, ...field }: PasswordFieldProps) {
  const { t } = useLingui();
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...field}
      type={shown ? 'text' : 'password'}
      value={value}
      autoComplete={isNew ? 'new-password' : 'current-password'}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      onFocus={isNew ? () => void loadCommonPasswords().catch(() => undefined) : undefined}
      hint={hint ?? (isNew ? <StrengthHint password={value} /> : undefined)}
      trailing={
        <IconButton
          size="sm"
          label={shown ? t`Hide password` : t`Show password`}
          icon={shown ? <EyeOff size={17} aria-hidden /> : <Eye size={17} aria-hidden />}
          onClick={() => setShown(!shown)}
        />
      }
    />
  );
}

function StrengthHint({ password }: { password: string }) {
  const { t } = useLingui();
  if (password === '')
    return <span>{t`At least ${shortestPassword} characters. A few unrelated words work well.`}</span>;
  const strength = passwordStrength(password);
  const looks = {
    weak: { name: t`Weak: longer is better`, filled: 1, color: 'bg-danger' },
    fair: { name: t`Fair`, filled: 2, color: 'bg-idle' },
    good: { name: t`Good`, filled: 3, color: 'bg-online' },
    strong: { name: t`Strong`, filled: 4, color: 'bg-online' },
  }[strength];
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className="flex w-24 gap-1">
        {[1, 2, 3, 4].map((step) => (
          <span
            key={step}
            className={`h-1.5 grow rounded-full ${step <= looks.filled ? looks.color : 'bg-pressed'}`}
          />
        ))}
      </span>
      <span>{looks.name}</span>
    </span>
  );
}
