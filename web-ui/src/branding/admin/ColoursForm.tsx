import { useLingui } from '@lingui/react/macro';
import { type CSSProperties, useEffect, useState } from 'react';
import { useForm } from '../../lib/use-form';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { FormError } from '../../ui/FormError';
import { Section } from '../../ui/Section';
import { TextField } from '../../ui/TextField';
import { toasts } from '../../ui/toasts';
import { changeBranding, loadPalette, type Palette, type Shades } from './api';
import type { PartProps } from './BrandingAdmin';
import { Origin } from './Origin';

const COLOUR = /^#[\da-f]{6}$/i;
/** Snug's own, as in styles/theme.css. */
const OWN = { light: '#1a6866', dark: '#5fc3b8' };
const PAUSE_MS = 200;

/** One colour, or one for each theme; the node makes all shades of them. */
export function ColoursForm({ branding, set }: PartProps) {
  const { t } = useLingui();
  const { accent, accent_dark } = branding;
  const form = useForm({
    initial: { accent: accent.value ?? '', accent_dark: accent_dark.value ?? '' },
    validate: (values) => {
      const wrong = (text: string) => text.trim() !== '' && !COLOUR.test(text.trim());
      return {
        ...(wrong(values.accent) && { accent: t`Write a colour like ${OWN.light}.` }),
        ...(wrong(values.accent_dark) && { accent_dark: t`Write a colour like ${OWN.dark}.` }),
      };
    },
    submit: async (values) => {
      set(await changeBranding({ accent: values.accent.trim(), accent_dark: values.accent_dark.trim() }));
      toasts.info(t`Colours saved.`);
    },
  });
  const palette = usePalette(form.values.accent.trim(), form.values.accent_dark.trim());
  return (
    <Section
      title={t`Colours`}
      description={t`What could not be read becomes lighter or darker, so that everything keeps enough contrast. Empty: Snug's own.`}
    >
      <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
        <ColourField
          field={form.text('accent')}
          label={t`Colour`}
          fallback={OWN.light}
          choose={(value) => form.set({ accent: value })}
        />
        <ColourField
          field={form.text('accent_dark')}
          label={t`Colour in the dark (optional)`}
          fallback={palette?.dark.accent ?? OWN.dark}
          choose={(value) => form.set({ accent_dark: value })}
        />
        {palette && (
          <div className="flex flex-wrap gap-3">
            <Preview title={t`Light`} scheme="light" shades={palette.light} />
            <Preview title={t`Dark`} scheme="dark" shades={palette.dark} />
          </div>
        )}
        <FormError text={form.error} />
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" busy={form.busy}>{t`Save colours`}</Button>
          <Origin
            origin={accent.origin}
            of={t`Colours`}
            back={async () => set(await changeBranding({ accent: null, accent_dark: null }))}
          />
        </div>
      </form>
    </Section>
  );
}

/** The shades of what is typed; null where that is no colour. */
function usePalette(accent: string, dark: string): Palette | null {
  const [palette, setPalette] = useState<Palette | null>(null);
  const isGood = COLOUR.test(accent) && (dark === '' || COLOUR.test(dark));
  useEffect(() => {
    if (!isGood) {
      setPalette(null);
      return;
    }
    let current = true;
    const timer = setTimeout(() => {
      loadPalette(accent, dark).then(
        (found) => current && setPalette(found),
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [isGood, accent, dark]);
  return palette;
}

interface ColourFieldProps {
  field: ReturnType<ReturnType<typeof useForm>['text']>;
  label: string;
  fallback: string;
  choose: (value: string) => void;
}

/** A colour to type or to pick. */
function ColourField({ field, label, fallback, choose }: ColourFieldProps) {
  const { t } = useLingui();
  const picked = COLOUR.test(field.value) ? field.value : fallback;
  return (
    <div className="flex items-end gap-2">
      <TextField
        {...field}
        label={label}
        maxLength={7}
        autoComplete="off"
        spellCheck={false}
        className="grow"
      />
      <Field label={t`Pick: ${label}`} hideLabel>
        {(control) => (
          <input
            {...control}
            type="color"
            value={picked}
            onChange={(event) => choose(event.target.value)}
            className="size-10 rounded-md border border-edge bg-inset p-1 pointer-coarse:size-11"
          />
        )}
      </Field>
    </div>
  );
}

function Preview({ title, scheme, shades }: { title: string; scheme: 'light' | 'dark'; shades: Shades }) {
  const { t } = useLingui();
  const style = {
    colorScheme: scheme,
    '--color-accent': shades.accent,
    '--color-accent-hover': shades.hover,
    '--color-accent-ink': shades.ink,
    '--color-accent-soft': shades.soft,
    '--color-accent-text': shades.text,
  } as CSSProperties;
  return (
    <div
      style={style}
      className="flex min-w-48 grow basis-0 flex-col gap-2 rounded-lg border border-line bg-canvas p-3 text-ink"
    >
      <p className="font-semibold text-sm">{title}</p>
      <div className="flex flex-wrap items-center gap-2">
        <span className="inline-flex min-h-8 items-center rounded-md bg-accent px-3 font-medium text-accent-ink text-sm">
          {t`Button`}
        </span>
        <span className="font-medium text-accent-text text-sm underline underline-offset-2">{t`Link`}</span>
        <span className="rounded-full border border-accent bg-accent-soft px-2 text-accent-text text-sm">{t`Chosen`}</span>
      </div>
      <p className="text-muted text-sm">
        {t`Contrast: ${shades.ink_contrast} on buttons, ${shades.text_contrast} of links (4.5 is enough).`}
        {shades.is_moved && ` ${t`Moved to ${shades.accent}: as it was it could not be seen well.`}`}
      </p>
    </div>
  );
}
