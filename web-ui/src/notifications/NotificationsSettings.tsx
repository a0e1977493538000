import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useState } from 'react';
import { errorText } from '../api/errors';
import type { NotificationSettings } from '../api/types';
import { loadMailTexts } from '../i18n/i18n';
import { store, useStore } from '../state/store';
import { Section } from '../ui/Section';
import { Switch } from '../ui/Switch';
import { toasts } from '../ui/toasts';
import { putSettings } from './api';
import { askPermission, type DeviceChoice, device, permission } from './device';
import { PushSettings } from './PushSettings';
import { QuietSettings } from './QuietSettings';
import { chime } from './sound';

const MailSettings = lazy(async () => {
  const [module] = await Promise.all([import('./mail/MailSettings'), loadMailTexts()]);
  return { default: module.MailSettings };
});

/** What one is told of, how, and when not. */
export function NotificationsSettings() {
  const { t } = useLingui();
  const settings = useStore((state) => state.notify);

  async function change(part: Partial<NotificationSettings>) {
    const next = { ...settings, ...part };
    // Shown at once; what the node makes of it is shown then.
    store.setState({ notify: next });
    try {
      store.setState({ notify: await putSettings(next) });
    } catch (failure) {
      store.setState({ notify: settings });
      toasts.error(errorText(failure));
    }
  }

  return (
    <>
      <PushSettings />
      <Section
        title={t`While Snug is open on this device`}
        description={t`Of messages in other conversations, or while the window is out of sight.`}
      >
        <DeviceSwitches />
      </Section>
      <Section title={t`For all your devices`}>
        <Switch
          label={t`Show what was written in push messages`}
          hint={t`Otherwise they say only who wrote and where. What is end-to-end encrypted is never in them.`}
          checked={settings.show_content}
          onChange={(show_content) => void change({ show_content })}
        />
      </Section>
      <Suspense>
        <MailSettings />
      </Suspense>
      <QuietSettings quiet={settings.quiet} change={(quiet) => change({ quiet })} />
      <p className="border-line border-t pt-6 text-muted text-sm">
        {t`What you are told of is chosen in each conversation and server, under Notifications. Of rooms it is mentions and replies, of direct conversations and groups everything.`}
      </p>
    </>
  );
}

function DeviceSwitches() {
  const { t } = useLingui();
  const [sound, setSound] = useState(() => device.get('sound'));
  const [desktop, setDesktop] = useState(() => device.get('desktop') && permission() === 'granted');
  const keep = (choice: DeviceChoice, value: boolean, set: (value: boolean) => void) => {
    device.set(choice, value);
    set(value);
  };
  async function chooseDesktop(wanted: boolean) {
    keep('desktop', wanted && (await askPermission()) === 'granted', setDesktop);
  }
  const isBlocked = permission() === 'denied';
  return (
    <>
      <Switch
        label={t`Show notifications`}
        hint={
          isBlocked
            ? t`This browser forbids it. Allow notifications for this site in its settings first.`
            : undefined
        }
        checked={desktop}
        disabled={isBlocked || permission() === 'impossible'}
        onChange={(wanted) => void chooseDesktop(wanted)}
      />
      <Switch
        label={t`Play a sound`}
        checked={sound}
        onChange={(wanted) => {
          keep('sound', wanted, setSound);
          if (wanted) void chime();
        }}
      />
    </>
  );
}
