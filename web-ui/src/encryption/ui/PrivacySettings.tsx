import { Trans, useLingui } from '@lingui/react/macro';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Link } from 'wouter';
import { paths } from '../../app/paths';
import { exactTime } from '../../lib/time';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { FormError } from '../../ui/FormError';
import { Section } from '../../ui/Section';
import { Spinner } from '../../ui/Spinner';
import { toasts } from '../../ui/toasts';
import { encryption, useEncryption } from '../engine';
import type { PhaseReason } from '../model';
import { plainly } from '../texts';
import { ContactSection } from './ContactSection';
import { DeviceList } from './DeviceList';
import { KeyHistory } from './KeyHistory';
import { LockedReason, Unlock } from './Unlock';
import { useAct } from './use-act';

const WordsDialog = lazy(() => import('./WordsDialog').then((module) => ({ default: module.WordsDialog })));

/** Encryption as its owner meets it: devices, what to do when all are lost, how others find and verify one. */
export function PrivacySettings() {
  const { t } = useLingui();
  const phase = useEncryption((state) => state.phase);
  const reason = useEncryption((state) => state.reason);
  return (
    <>
      {phase === 'ready' && <Ready />}
      {phase === 'locked' && (
        <Section title={t`Unlock your encrypted messages`} description={<LockedReason reason={reason} />}>
          <Unlock />
        </Section>
      )}
      {phase !== 'ready' && phase !== 'locked' && (
        <Section title={t`Encryption`}>
          <NotReady phase={phase} reason={reason} />
        </Section>
      )}
      <p className="border-line border-t pt-6 text-sm">
        <Link href={paths.privacy} className="text-accent-text underline underline-offset-2">
          <Trans>What encryption does and doesn't protect</Trans>
        </Link>
      </p>
    </>
  );
}

function NotReady({ phase, reason }: { phase: string; reason: PhaseReason | null }): ReactNode {
  const { t } = useLingui();
  if (phase === 'starting') return <Spinner label={t`Looking at this browser…`} />;
  if (phase === 'newer') {
    return (
      <p>
        <Trans>Your account was used with a newer Snug. Load the page again to get it here too.</Trans>
      </p>
    );
  }
  if (phase === 'failed') {
    return (
      <p>
        {reason === 'unreachable' ? (
          <Trans>The node could not be reached. It is tried again by itself.</Trans>
        ) : (
          <Trans>
            What the node says does not fit together ({reason ?? '?'}). It is tried again by itself.
          </Trans>
        )}
      </p>
    );
  }
  return (
    <p>
      {reason === 'insecure_page' ? (
        <Trans>
          This page came without https, so the browser turns off cryptography. Open the address with https://.
        </Trans>
      ) : reason === 'no_storage' ? (
        <Trans>
          This browser keeps no data, as in a private window. Encrypted messages need a place to keep their
          keys.
        </Trans>
      ) : (
        <Trans>This browser is too old for encrypted messages.</Trans>
      )}
    </p>
  );
}

function Ready() {
  return (
    <>
      <PendingReset />
      <DeviceList />
      <Words />
      <ContactSection />
      <Refresh />
    </>
  );
}

function PendingReset() {
  const { t } = useLingui();
  const reset = useEncryption((state) => state.reset);
  const act = useAct();
  if (!reset) return null;
  return (
    <Section title={t`Somebody asked for a new beginning of your account`}>
      <div className="flex flex-col gap-3 rounded-lg bg-danger-soft p-4 text-danger-text text-sm">
        <p>
          <Trans>
            From {exactTime(reset.readyAt)} on, all your devices could be thrown out and your old messages
            closed for good. If this was not you, stop it and change your password.
          </Trans>
        </p>
        <FormError text={act.error} />
        <div>
          <Button
            variant="danger"
            busy={act.busy !== null}
            onClick={() => void act.run(() => encryption.cancelReset())}
          >
            {t`Stop it`}
          </Button>
        </div>
      </div>
    </Section>
  );
}

function Words() {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const hasWords = useEncryption((state) => state.identity?.hasWords ?? false);
  const hasPassword = useEncryption((state) => state.identity?.hasPassword ?? true);
  return (
    <Section
      title={t`Recovery words`}
      description={
        hasWords ? (
          <Trans>You have twelve words on paper. New ones make the old ones worthless.</Trans>
        ) : hasPassword ? (
          <Trans>
            Your password opens your messages on a new device. Twelve words on paper are a second way, for
            when you forget it.
          </Trans>
        ) : (
          <Trans>Without them, losing this device means losing your encrypted messages.</Trans>
        )
      }
      action={
        <Button size="sm" onClick={() => setOpen(true)}>
          {hasWords ? t`New words` : t`Get words`}
        </Button>
      }
    >
      {isOpen && (
        <Suspense>
          <WordsDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </Section>
  );
}

function Refresh() {
  const { t } = useLingui();
  const [isAsking, setAsking] = useState(false);
  return (
    <Section
      title={t`New keys`}
      description={
        <Trans>
          If you think that somebody had one of your devices in their hands, replace everything that it knew.
          Nothing changes for the people you write with.
        </Trans>
      }
      action={<Button size="sm" onClick={() => setAsking(true)}>{t`Replace`}</Button>}
    >
      <KeyHistory />
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={t`Replace all keys?`}
        description={t`Messages stay readable on your devices. What was copied from a device can't read what comes next.`}
        confirmLabel={t`Replace`}
        onConfirm={async () => {
          await plainly(encryption.refreshKeys());
          toasts.info(t`Your keys are new.`);
        }}
      />
    </Section>
  );
}
