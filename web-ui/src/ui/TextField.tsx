import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx';
import type { FieldProps } from './Field';
import { Field, fieldBox } from './Field';

interface TextFieldProps extends FieldProps, Omit<ComponentProps<'input'>, 'id'> {
  /** A control inside the box, on its right. */
  trailing?: ReactNode;
}

export function TextField({ label, hideLabel, hint, error, trailing, className, ...input }: TextFieldProps) {
  return (
    <Field label={label} hideLabel={hideLabel} hint={hint} error={error} className={className}>
      {(control) => (
        <div className="relative">
          <input
            type="text"
            {...input}
            {...control}
            className={cx(fieldBox, 'h-10 pointer-coarse:h-11', trailing ? 'pr-11' : null)}
          />
          {trailing && <div className="absolute inset-y-0 right-0.5 flex items-center">{trailing}</div>}
        </div>
      )}
    </Field>
  );
}
