import { Trans, useLingui } from '@lingui/react/macro';
import { KeyRound, LetterText, MonitorSmartphone, RotateCcw } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { PasswordField } from '../../accounts/PasswordField';
import { TextArea } from '../../ui/TextArea';
import { encryption, useEncryption } from '../engine';
import type { PhaseReason } from '../model';
import { NewDevicePairing } from './NewDevicePairing';
import { UnlockForm } from './PasswordForm';
import { ResetRequest } from './ResetRequest';

type Way = 'password' | 'words' | 'device' | 'reset';

/** Why this browser has no access to encrypted messages. */
export function LockedReason({ reason }: { reason: PhaseReason | null }) {
  switch (reason) {
    case 'cleared':
      return <Trans>This browser cleared its data, and with it the access to your encrypted messages.</Trans>;
    case 'new_password':
      return (
        <Trans>
          Your password is new. It opens your encrypted messages once you have unlocked them in another way.
        </Trans>
      );
    case 'removed':
      return <Trans>This browser was removed from your account on another device.</Trans>;
    case 'reset':
      return <Trans>Your account began anew on another device.</Trans>;
    case 'no_way':
      return <Trans>To set up encryption your password is needed once.</Trans>;
    default:
      return (
        <Trans>
          You are signed in here for the first time. Your encrypted messages still have to be unlocked.
        </Trans>
      );
  }
}

/** The ways to one's encrypted messages in a browser that has no keys. */
export function Unlock() {
  const { t } = useLingui();
  const identity = useEncryption((state) => state.identity);
  const reason = useEncryption((state) => state.reason);
  const isNew = reason === 'new_password';
  const first = isNew && identity?.hasWords ? 'words' : 'device';
  const [way, setWay] = useState<Way>(identity?.hasPassword === false || isNew ? first : 'password');
  const ways: { way: Way; label: string; icon: ReactNode; isOffered: boolean }[] = [
    {
      way: 'password',
      label: isNew ? t`With your password before` : t`With your password`,
      icon: <KeyRound size={18} aria-hidden />,
      isOffered: identity?.hasPassword !== false,
    },
    {
      way: 'device',
      label: t`With another device`,
      icon: <MonitorSmartphone size={18} aria-hidden />,
      isOffered: reason !== 'no_way',
    },
    {
      way: 'words',
      label: t`With your twelve words`,
      icon: <LetterText size={18} aria-hidden />,
      isOffered: identity?.hasWords === true,
    },
    {
      way: 'reset',
      label: t`None of these: begin anew`,
      icon: <RotateCcw size={18} aria-hidden />,
      isOffered: reason !== 'no_way',
    },
  ];
  return (
    <div className="grid gap-5 sm:grid-cols-[13rem_1fr]">
      <fieldset aria-label={t`How to unlock`} className="flex flex-col gap-1">
        {ways
          .filter(({ isOffered }) => isOffered)
          .map(({ way: one, label, icon }) => (
            <button
              key={one}
              type="button"
              aria-pressed={way === one}
              onClick={() => setWay(one)}
              className={`flex min-h-11 items-center gap-3 rounded-md px-3 text-left text-sm ${way === one ? 'bg-accent-soft font-medium text-accent-text' : 'text-muted hover:bg-hover hover:text-ink'}`}
            >
              {icon}
              {label}
            </button>
          ))}
      </fieldset>
      <div className="min-w-0">
        {way === 'password' && <WithPassword />}
        {way === 'words' && <WithWords />}
        {way === 'device' && <NewDevicePairing />}
        {way === 'reset' && <ResetRequest />}
      </div>
    </div>
  );
}

function WithPassword() {
  const { t } = useLingui();
  const isNew = useEncryption((state) => state.reason === 'new_password');
  const [password, setPassword] = useState('');
  return (
    <UnlockForm isComplete={password !== ''} unlock={(next) => encryption.unlockWithPassword(password, next)}>
      <PasswordField
        label={isNew ? t`Your password before` : t`Password`}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
    </UnlockForm>
  );
}

function WithWords() {
  const { t } = useLingui();
  const [text, setText] = useState('');
  const count = text.trim() === '' ? 0 : text.trim().split(/\s+/).length;
  return (
    <UnlockForm isComplete={count === 12} unlock={(next) => encryption.unlockWithWords(text, next)}>
      <TextArea
        label={t`Your twelve words, in order`}
        hint={t`${count} of 12 words`}
        value={text}
        rows={3}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
      />
    </UnlockForm>
  );
}
