import { useLingui } from '@lingui/react/macro';
import { MailCheck, MailWarning } from 'lucide-react';
import { useEffect, useState } from 'react';
import { errorText } from '../../api/errors';
import type { MailState } from '../../api/types';
import { exactTime } from '../../lib/time';
import { useForm } from '../../lib/use-form';
import { live } from '../../state/live';
import { store } from '../../state/store';
import { Button } from '../../ui/Button';
import { FormError } from '../../ui/FormError';
import { Section } from '../../ui/Section';
import { TextField } from '../../ui/TextField';
import { toasts } from '../../ui/toasts';
import { ownZone } from '../quiet';
import { askAddress, forgetQuestion, loadMail, removeAddress } from './api';
import { MailRhythm } from './MailRhythm';

/** Letters about what was missed: where to, and how often. Nothing is shown where the node sends none. */
export function MailSettings() {
  const { t } = useLingui();
  const [state, setState] = useState<MailState | null>(null);
  const [isChanging, setChanging] = useState(false);
  useEffect(() => {
    // Whoever can't load it sees the rest of the settings.
    loadMail().then(setState, () => undefined);
    return live.listen({
      event: (event) => {
        if (event.ev === 'notifications.mail') setState(event.d);
      },
    });
  }, []);
  if (!state?.enabled) return null;

  async function act(work: Promise<MailState>) {
    try {
      setState(await work);
      setChanging(false);
    } catch (failure) {
      toasts.error(errorText(failure));
    }
  }
  const ask = (address: string) => act(askAddress(address, ownZone()));
  const { address, asked } = state;
  return (
    <Section
      title={t`By e-mail`}
      description={t`A letter about what you missed, when you have not been here since. Of end-to-end encrypted conversations it says only who wrote and how much.`}
    >
      {address !== null && (
        <Confirmed
          state={state}
          address={address}
          confirmAgain={() => void ask(address)}
          change={() => setChanging(true)}
          remove={() => void act(removeAddress())}
        />
      )}
      {asked && (
        <Asked
          asked={asked}
          from={state.from}
          again={() => void ask(asked.address)}
          cancel={() => void act(forgetQuestion())}
        />
      )}
      {!asked && (address === null || isChanging) && (
        <AddressForm
          cancel={address === null ? undefined : () => setChanging(false)}
          done={(next) => {
            setState(next);
            setChanging(false);
          }}
        />
      )}
      {address !== null && !state.failure && <MailRhythm state={state} set={setState} />}
    </Section>
  );
}

interface ConfirmedProps {
  state: MailState;
  address: string;
  confirmAgain: () => void;
  change: () => void;
  remove: () => void;
}

function Confirmed({ state, address, confirmAgain, change, remove }: ConfirmedProps) {
  const { t } = useLingui();
  const { failure, asked } = state;
  return (
    <>
      {failure && (
        <div role="alert" className="flex items-start gap-3 rounded-lg bg-danger-soft px-3 py-2.5 text-sm">
          <MailWarning size={18} aria-hidden className="mt-0.5 shrink-0 text-danger-text" />
          <div className="min-w-0">
            <p>{t`Letters to this address came back, so none are sent since ${exactTime(failure.at)}. Confirm it again, or use another one.`}</p>
            <p className="mt-1 break-words">{failure.said}</p>
          </div>
        </div>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-48 grow basis-0 break-words font-medium text-sm">{address}</p>
        <div className="flex flex-wrap gap-2">
          {failure && !asked && (
            <Button size="sm" variant="primary" onClick={confirmAgain}>{t`Confirm again`}</Button>
          )}
          {!asked && <Button size="sm" onClick={change}>{t`Change`}</Button>}
          <Button size="sm" onClick={remove}>{t`Remove`}</Button>
        </div>
      </div>
    </>
  );
}

interface AskedProps {
  asked: NonNullable<MailState['asked']>;
  from: string | null;
  again: () => void;
  cancel: () => void;
}

/** An address that waits: what to do, and what the mail server said if it did not take the letter. */
function Asked({ asked, from, again, cancel }: AskedProps) {
  const { t } = useLingui();
  const { address, until, failure } = asked;
  return (
    <div role="status" className="flex items-start gap-3 rounded-lg bg-inset px-3 py-2.5 text-sm">
      {failure ? (
        <MailWarning size={18} aria-hidden className="mt-0.5 shrink-0 text-danger-text" />
      ) : (
        <MailCheck size={18} aria-hidden className="mt-0.5 shrink-0 text-muted" />
      )}
      <div className="min-w-0 grow">
        {failure ? (
          <>
            <p className="break-words">{t`The letter to ${address} could not be sent.`}</p>
            <p className="mt-1 break-words text-muted">{failure}</p>
          </>
        ) : (
          <>
            <p className="break-words">{t`A letter is on its way to ${address}. Open the link in it to confirm the address.`}</p>
            <p className="mt-1 break-words text-muted">
              {t`It comes from ${from ?? ''} and works until ${exactTime(until)}. If it is not there, look among the unwanted ones.`}
            </p>
          </>
        )}
        <div className="mt-2.5 flex flex-wrap gap-2">
          <Button size="sm" onClick={again}>{t`Send again`}</Button>
          <Button size="sm" variant="ghost" onClick={cancel}>{t`Cancel`}</Button>
        </div>
      </div>
    </div>
  );
}

interface AddressFormProps {
  done: (state: MailState) => void;
  cancel: (() => void) | undefined;
}

function AddressForm({ done, cancel }: AddressFormProps) {
  const { t } = useLingui();
  const form = useForm({
    // the address to sign in with is usually the one
    initial: { address: cancel ? '' : (store.getState().me?.email ?? '') },
    validate: ({ address }): { address?: string } =>
      address.includes('@') ? {} : { address: t`Write it like ann@example.org` },
    submit: async ({ address }) => done(await askAddress(address.trim(), ownZone())),
  });
  return (
    <form onSubmit={form.onSubmit} noValidate className="flex max-w-lg flex-col gap-3">
      <TextField
        {...form.text('address')}
        type="email"
        label={t`Address`}
        hint={t`A letter with a link is sent there, to see that it is yours.`}
        autoComplete="email"
        maxLength={254}
      />
      <FormError text={form.error} />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" busy={form.busy}>{t`Send the letter`}</Button>
        {cancel && <Button variant="ghost" onClick={cancel}>{t`Cancel`}</Button>}
      </div>
    </form>
  );
}
