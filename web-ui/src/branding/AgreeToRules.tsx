import { Trans } from '@lingui/react/macro';
import { useId } from 'react';
import { paths } from '../app/paths';

interface AgreeToRulesProps {
  checked: boolean;
  error?: string | undefined;
  onChange: (checked: boolean) => void;
}

/** The promise of newcomers. The rules open beside the form, so that nothing that was typed is lost. */
export function AgreeToRules({ checked, error, onChange }: AgreeToRulesProps) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-start gap-3">
        <input
          id={id}
          type="checkbox"
          checked={checked}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          onChange={(event) => onChange(event.target.checked)}
          className="mt-0.5 size-4 shrink-0"
        />
        <label htmlFor={id} className="text-sm">
          <Trans>
            I agree to the{' '}
            <a
              href={paths.rules}
              target="_blank"
              rel="noopener"
              className="font-medium text-accent-text underline underline-offset-2"
            >
              rules
            </a>
          </Trans>
        </label>
      </div>
      {error && (
        <p id={`${id}-error`} role="alert" className="text-danger-text text-sm">
          {error}
        </p>
      )}
    </div>
  );
}
