import { type ChangeEvent, type SyntheticEvent, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

type Errors<V> = Partial<Record<keyof V | 'form', string>>;

interface FormOptions<V> {
  initial: V;
  /** What is wrong with the values, by field. Nothing is sent while there is something. */
  validate?: (values: V) => Errors<V> | Promise<Errors<V>>;
  /** Throws what the form shall show; an error's `field` puts it below that field. */
  submit: (values: V) => Promise<void>;
}

/** Values, errors and progress of a form. On failure the focus goes to the first field that is wrong. */
export function useForm<V extends Record<string, unknown>>({ initial, validate, submit }: FormOptions<V>) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Errors<V>>({});
  const [busy, setBusy] = useState(false);
  const running = useRef(false);

  function set(change: Partial<V>) {
    setValues((before) => ({ ...before, ...change }));
    setErrors((before) => {
      const { form: _, ...rest } = before;
      for (const name of Object.keys(change)) delete rest[name];
      return rest as Errors<V>;
    });
  }

  async function run(form: HTMLFormElement) {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    let found: Errors<V> = {};
    try {
      found = (await validate?.(values)) ?? {};
      if (Object.keys(found).length === 0) await submit(values);
    } catch (error) {
      found = place<V>(error, values);
    }
    running.current = false;
    flushSync(() => {
      setErrors(found);
      setBusy(false);
    });
    if (Object.keys(found).length > 0) form.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }

  return {
    values,
    set,
    reset: (next: V = initial) => {
      setValues(next);
      setErrors({});
    },
    busy,
    /** What is wrong with the whole, or with something that has no field here. */
    error: errors.form ?? null,
    errors,
    onSubmit: (event: SyntheticEvent<HTMLFormElement>) => {
      event.preventDefault();
      void run(event.currentTarget);
    },
    /** Props of a text field. */
    text: (name: keyof V & string) => ({
      name,
      value: String(values[name] ?? ''),
      error: errors[name],
      onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
        set({ [name]: event.target.value } as Partial<V>),
    }),
  };
}

function place<V>(error: unknown, values: V & object): Errors<V> {
  const text = error instanceof Error ? error.message : String(error);
  const field = error instanceof Error && 'field' in error ? error.field : undefined;
  if (typeof field !== 'string') return { form: text } as Errors<V>;
  // The node names the field first ("username: too short"); here the text stands below it.
  const plain = text.startsWith(`${field}: `) ? text.slice(field.length + 2) : text;
  const name = field in values ? field : 'form';
  return { [name]: plain.charAt(0).toLocaleUpperCase() + plain.slice(1) } as Errors<V>;
}
