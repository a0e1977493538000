import type { ReactNode } from 'react';
import { useId } from 'react';
import { cx } from './cx';

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: { value: T; label: string; hint?: string; icon?: ReactNode }[];
  /** Beside each other, or one below the other for options that need a sentence. */
  layout?: 'row' | 'column';
}

/** One of a few: radio buttons that look like cards. */
export function Choice<T extends string>({
  label,
  value,
  onChange,
  options,
  layout = 'row',
}: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-2 font-medium text-sm">{label}</legend>
      <div className={cx('grid gap-2', layout === 'row' && 'auto-cols-fr sm:grid-flow-col')}>
        {options.map((option) => (
          <label
            key={option.value}
            className={cx(
              'flex min-h-11 cursor-pointer items-center gap-3 rounded-lg border px-3 py-2 has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2',
              value === option.value ? 'border-accent bg-accent-soft' : 'border-edge hover:bg-hover',
            )}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={value === option.value}
              onChange={() => onChange(option.value)}
              className="size-4 shrink-0 outline-none"
            />
            {option.icon}
            <span className="min-w-0">
              <span className="block text-sm">{option.label}</span>
              {option.hint && <span className="block text-muted text-sm">{option.hint}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
