import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { errorText } from '../api/errors';
import { Button } from '../ui/Button';
import { Section } from '../ui/Section';
import { Switch } from '../ui/Switch';
import { toasts } from '../ui/toasts';
import { testPush } from './api';
import { type PushState, pushState, switchPushOff, switchPushOn } from './push';

/** Push messages to this device: whether it gets them, and why not. */
export function PushSettings() {
  const { t } = useLingui();
  const [state, setState] = useState<PushState | null>(null);
  const [isBusy, setBusy] = useState(false);
  const look = () =>
    pushState().then(setState, (failure) => {
      setState(null);
      toasts.error(errorText(failure));
    });
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once; what is pressed here asks again
  useEffect(() => void look(), []);

  async function act(work: () => Promise<void>, said?: string) {
    setBusy(true);
    try {
      await work();
      if (said) toasts.info(said);
    } catch (failure) {
      // A browser's push service that can't be reached says so in words of its own.
      toasts.error(
        failure instanceof DOMException
          ? t`This browser's push service does not answer.`
          : errorText(failure),
      );
    }
    await look();
    setBusy(false);
  }

  const why: Record<PushState, string> = {
    on: t`This device is told, also while Snug is closed.`,
    wanted: t`Be told on this device, also while Snug is closed. Your browser asks you first.`,
    off: t`This instance sends no push messages.`,
    blocked: t`This browser forbids notifications of this site. Allow them in its settings for the site, then come back.`,
    impossible: t`This browser can't: it needs Snug on a trusted certificate, on an iPhone or iPad also on the Home Screen.`,
  };
  const maySwitch = state === 'on' || state === 'wanted';
  return (
    <Section title={t`On this device`}>
      <Switch
        label={t`Push messages`}
        hint={state === null ? ' ' : why[state]}
        checked={state === 'on'}
        disabled={!maySwitch || isBusy}
        onChange={(wanted) => void act(wanted ? switchPushOn : switchPushOff)}
      />
      {state === 'on' && (
        <div>
          <Button
            size="sm"
            busy={isBusy}
            onClick={() => void act(testPush, t`A message is on its way to this device.`)}
          >{t`Send one to try`}</Button>
        </div>
      )}
    </Section>
  );
}
