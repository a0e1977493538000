import type { ComponentProps } from 'react';
import { cx } from './cx';
import type { FieldProps } from './Field';
import { Field, fieldBox } from './Field';

type TextAreaProps = FieldProps & Omit<ComponentProps<'textarea'>, 'id'>;

export function TextArea({ label, hideLabel, hint, error, className, ...area }: TextAreaProps) {
  return (
    <Field label={label} hideLabel={hideLabel} hint={hint} error={error} className={className}>
      {(control) => <textarea rows={3} {...area} {...control} className={cx(fieldBox, 'resize-y py-2')} />}
    </Field>
  );
}
