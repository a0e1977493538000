import { Trans, useLingui } from '@lingui/react/macro';
import { KeyRound, LetterText, MonitorSmartphone, RotateCcw } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import { paths } from '../../app/paths';
import { exactTime } from '../../lib/time';
import { useLoad } from '../../lib/use-load';
import { Button } from '../../ui/Button';
import { cx } from '../../ui/cx';
import { encryption, useEncryption } from '../engine';
import type { PairingRequest } from '../model';
import { asksForWords } from './alarms';
import { DeviceKindName, deviceLabel } from './device-names';
import { LockedReason } from './Unlock';
import { useAct } from './use-act';

const LetInDialog = lazy(() => import('./LetInDialog').then((module) => ({ default: module.LetInDialog })));
const WordsDialog = lazy(() => import('./WordsDialog').then((module) => ({ default: module.WordsDialog })));

/** One thing at a time, the most urgent first. */
export function Notices() {
  const phase = useEncryption((state) => state.phase);
  const reset = useEncryption((state) => state.reset);
  const pairing = useEncryption((state) => state.pairings.at(-1));
  const newDevices = useEncryption((state) => state.newDevices);
  const needsWords = useEncryption(asksForWords);
  const [isLater, setLater] = useState(false);
  if (reset && phase !== 'locked') return <ResetNotice readyAt={reset.readyAt} />;
  if (pairing) return <PairingNotice request={pairing} />;
  if (newDevices.length > 0) return <NewDeviceNotice ids={newDevices} />;
  if (phase === 'locked') return <LockedNotice />;
  if (needsWords && !isLater) return <WordsNotice later={() => setLater(true)} />;
  return null;
}

interface NoticeProps {
  icon: ReactNode;
  tone?: 'soft' | 'warn' | 'danger';
  children: ReactNode;
  actions: ReactNode;
}

const tones = {
  soft: 'bg-accent-soft text-accent-text',
  warn: 'bg-warn-soft text-warn-text',
  danger: 'bg-danger-soft text-danger-text',
};

function Notice({ icon, tone = 'soft', children, actions }: NoticeProps) {
  return (
    <div
      role={tone === 'soft' ? 'status' : 'alert'}
      className={cx(
        'flex shrink-0 flex-wrap items-center justify-center gap-x-3 gap-y-1.5 px-4 py-1.5 text-sm',
        tones[tone],
      )}
    >
      <span aria-hidden className="max-sm:hidden">
        {icon}
      </span>
      <p className="min-w-0">{children}</p>
      <div className="flex flex-wrap gap-2">{actions}</div>
    </div>
  );
}

function ResetNotice({ readyAt }: { readyAt: number }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const act = useAct();
  return (
    <Notice
      icon={<RotateCcw size={17} />}
      tone="danger"
      actions={
        <>
          <Button
            size="sm"
            variant="danger"
            busy={act.busy !== null}
            onClick={() => void act.run(encryption.cancelReset)}
          >
            {t`Stop it`}
          </Button>
          <Button size="sm" onClick={() => navigate(paths.settings('privacy'))}>{t`Look`}</Button>
        </>
      }
    >
      {act.error ?? (
        <Trans>
          Somebody asked to begin your account anew, which throws all devices out from {exactTime(readyAt)}{' '}
          on. Wasn't you? Stop it.
        </Trans>
      )}
    </Notice>
  );
}

function PairingNotice({ request }: { request: PairingRequest }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Notice
        icon={<MonitorSmartphone size={17} />}
        tone="warn"
        actions={
          <>
            <Button size="sm" onClick={() => setOpen(true)}>{t`It is mine`}</Button>
            <Button size="sm" onClick={() => encryption.dismissPairing(request.id)}>{t`Not me`}</Button>
          </>
        }
      >
        <Trans>
          <DeviceKindName kind={request.kind} /> signed in with your account asks to read your encrypted
          messages.
        </Trans>
      </Notice>
      {isOpen && (
        <Suspense>
          <LetInDialog request={request.id} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

function NewDeviceNotice({ ids }: { ids: string[] }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const devices = useLoad(() => encryption.devices(), ids.join());
  const names = (devices.data ?? []).filter(({ id }) => ids.includes(id)).map(deviceLabel);
  return (
    <Notice
      icon={<MonitorSmartphone size={17} />}
      tone="warn"
      actions={
        <>
          <Button size="sm" onClick={() => encryption.seenDevices()}>{t`It was me`}</Button>
          <Button
            size="sm"
            onClick={() => {
              encryption.seenDevices();
              navigate(paths.settings('privacy'));
            }}
          >{t`Look at devices`}</Button>
        </>
      }
    >
      {names.length > 0 ? (
        <Trans>A new device signed in: {names.join(', ')}. Wasn't you?</Trans>
      ) : (
        <Trans>A new device signed in. Wasn't you?</Trans>
      )}
    </Notice>
  );
}

function LockedNotice() {
  const { t } = useLingui();
  const reason = useEncryption((state) => state.reason);
  const [location, navigate] = useLocation();
  if (location === paths.settings('privacy')) return null;
  return (
    <Notice
      icon={<KeyRound size={17} />}
      tone="warn"
      actions={<Button size="sm" onClick={() => navigate(paths.settings('privacy'))}>{t`Unlock`}</Button>}
    >
      <LockedReason reason={reason} />
    </Notice>
  );
}

function WordsNotice({ later }: { later: () => void }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Notice
        icon={<LetterText size={17} />}
        actions={
          <>
            <Button size="sm" onClick={() => setOpen(true)}>{t`Get words`}</Button>
            <Button size="sm" variant="ghost" onClick={later}>{t`Later`}</Button>
          </>
        }
      >
        <Trans>
          Only this browser opens your encrypted messages. Write twelve words down in case you lose it.
        </Trans>
      </Notice>
      {isOpen && (
        <Suspense>
          <WordsDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
