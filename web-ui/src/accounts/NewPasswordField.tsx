import { useLingui } from '@lingui/react/macro';
import { PasswordField, type PasswordFieldProps } from './PasswordField';
import { loadCommonPasswords, passwordStrength, shortestPassword } from './password-rules';

/** A password that is being chosen: shows how strong it is. */
export function NewPasswordField({ value, ...field }: PasswordFieldProps) {
  return (
    <PasswordField
      {...field}
      value={value}
      autoComplete="new-password"
      onFocus={() => void loadCommonPasswords().catch(() => undefined)}
      hint={<StrengthHint password={value} />}
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
