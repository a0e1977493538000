import { useLingui } from '@lingui/react/macro';
import type { ServerState } from '../api/types';
import { useForm } from '../lib/use-form';
import { Button } from '../ui/Button';
import { cx } from '../ui/cx';
import { Field, fieldBox } from '../ui/Field';
import { FormError } from '../ui/FormError';
import { joinServer } from './api';
import { accessCodeLength, readCode } from './code';

/** A large field for the five characters that somebody was told, or for a pasted link. */
export function JoinServerForm({ onDone }: { onDone: (joined: ServerState) => void }) {
  const { t } = useLingui();
  const form = useForm({
    initial: { code: '' },
    validate: ({ code }): { code?: string } =>
      readCode(code).length < accessCodeLength
        ? { code: t`An access code has ${accessCodeLength} characters. Or paste a whole invite link.` }
        : {},
    submit: async ({ code }) => onDone(await joinServer(readCode(code))),
  });
  const { error, ...input } = form.text('code');
  const isShort = form.values.code.length <= accessCodeLength + 2;
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-4">
      <Field label={t`Access code or invite link`} hint={t`Ask a member of the server for it.`} error={error}>
        {(control) => (
          <input
            type="text"
            {...input}
            {...control}
            placeholder="ABCDE"
            autoComplete="off"
            autoCapitalize="characters"
            autoCorrect="off"
            spellCheck={false}
            className={cx(
              fieldBox,
              'h-16 text-center font-mono placeholder:opacity-45',
              isShort ? 'text-3xl! uppercase tracking-[0.35em]' : 'text-base',
            )}
          />
        )}
      </Field>
      <FormError text={form.error} />
      <Button type="submit" variant="primary" size="lg" busy={form.busy}>
        {t`Join server`}
      </Button>
    </form>
  );
}
