import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cx } from './cx';
import type { FieldProps } from './Field';
import { Field, fieldBox } from './Field';

interface Option {
  value: string;
  label: string;
}

interface SelectProps extends FieldProps, Omit<ComponentProps<'select'>, 'id' | 'onChange'> {
  options: Option[];
  /** Options under headings, below the others. */
  groups?: { label: string; options: Option[] }[];
  onChange?: (value: string) => void;
}

/** The platform's own list: best on phones and for screen readers. */
export function Select({
  label,
  hideLabel,
  hint,
  error,
  options,
  groups = [],
  onChange,
  className,
  ...select
}: SelectProps) {
  return (
    <Field label={label} hideLabel={hideLabel} hint={hint} error={error} className={className}>
      {(control) => (
        <div className="relative">
          <select
            {...select}
            {...control}
            onChange={(event) => onChange?.(event.target.value)}
            className={cx(fieldBox, 'h-10 appearance-none pr-9 pointer-coarse:h-11')}
          >
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
            {groups.map((group) => (
              <optgroup key={group.label} label={group.label}>
                {group.options.map((option) => (
                  <option key={option.value} value={option.value}>
                    {option.label}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
          <ChevronDown
            aria-hidden
            size={16}
            className="-translate-y-1/2 pointer-events-none absolute top-1/2 right-3 text-muted"
          />
        </div>
      )}
    </Field>
  );
}
