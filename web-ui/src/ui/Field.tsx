import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useId } from 'react';
import { cx } from './cx';

export interface FieldProps {
  label: string;
  /** Hides the label from sight; it stays the accessible name. */
  hideLabel?: boolean;
  hint?: ReactNode;
  error?: string | null | undefined;
}

/** What a control needs to be tied to its label, hint and error. */
export interface FieldControl {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface FieldFrameProps extends FieldProps {
  className?: string | undefined;
  children: (control: FieldControl) => ReactNode;
}

/** Look shared by everything that can be typed into. */
export const fieldBox =
  'w-full rounded-md border border-edge bg-inset px-3 text-ink outline-offset-0 aria-invalid:border-danger disabled:opacity-60';

/** Label above, control, then hint and error, tied together for assistive technology. */
export function Field({ label, hideLabel, hint, error, className, children }: FieldFrameProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const described = [error && errorId, hint && hintId].filter(Boolean).join(' ');
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'font-medium text-sm'}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {error && (
        <p id={errorId} role="alert" className="flex items-start gap-1.5 text-danger-text text-sm">
          <CircleAlert aria-hidden size={15} className="mt-0.5 shrink-0" />
          {error}
        </p>
      )}
      {hint && (
        <div id={hintId} className="text-muted text-sm">
          {hint}
        </div>
      )}
    </div>
  );
}
