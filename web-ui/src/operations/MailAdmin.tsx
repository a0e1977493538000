import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { useForm } from '../lib/use-form';
import { useLoad } from '../lib/use-load';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { FormError } from '../ui/FormError';
import { Section } from '../ui/Section';
import { TextField } from '../ui/TextField';
import { loadMailServer, type MailServer, testMail } from './mail';

/** How the node sends e-mail, and a letter to try. Nothing where no mail server is configured. */
export function MailAdmin() {
  const { t } = useLingui();
  const server = useLoad(loadMailServer);
  if (!server.data?.enabled) return null;
  return (
    <Section title={t`E-mail`} description={<Way server={server.data} />}>
      <Trial />
    </Section>
  );
}

function Way({ server: { server, port, security, from, people } }: { server: MailServer }) {
  const way = `${server}:${port} (${security})`;
  return (
    <Trans>
      Sent by <span className="break-all">{way}</span> from <span className="break-all">{from}</span>.{' '}
      <Plural
        value={people}
        _0="Nobody gets letters yet."
        one="One person gets letters."
        other="# people get letters."
      />
    </Trans>
  );
}

function Trial() {
  const { t } = useLingui();
  const own = useStore((state) => state.me?.email ?? '');
  const [said, setSaid] = useState<string | null>(null);
  const form = useForm({
    initial: { address: own },
    submit: async ({ address }) => {
      setSaid(null);
      setSaid((await testMail(address.trim())).said);
    },
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex flex-col gap-3">
      <TextField {...form.text('address')} type="email" label={t`Send a letter to try`} maxLength={254} />
      <FormError text={form.error} />
      {said && !form.error && (
        <p role="status" className="flex items-start gap-2 text-sm">
          <CircleCheck size={18} aria-hidden className="mt-px shrink-0 text-good-text" />
          <span className="min-w-0 break-words">{t`The mail server took it: ${said}`}</span>
        </p>
      )}
      <div>
        <Button type="submit" busy={form.busy}>{t`Send`}</Button>
      </div>
    </form>
  );
}
