import { Trans, useLingui } from '@lingui/react/macro';
import { Download, ShieldAlert } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { exactTime } from '../../lib/time';
import { nameOf, placeName } from '../../state/selectors';
import { useStore } from '../../state/store';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { encryption } from '../engine';
import type { Alarm, AlarmCode } from '../model';
import { putAlarmsAside } from './alarms';

/** Somebody lies, perhaps the node: over everything, until it was looked at. */
export function AlarmScreen({ alarm, more }: { alarm: Alarm; more: number }) {
  const { t } = useLingui();
  const [isRemoving, setRemoving] = useState(false);
  return (
    <Dialog.Root open onOpenChange={putAlarmsAside}>
      <Dialog.Portal>
        <Dialog.Content
          role="alertdialog"
          className="fixed inset-0 z-40 overflow-y-auto bg-canvas text-ink outline-none"
        >
          <div className="mx-auto flex min-h-full max-w-xl flex-col justify-center gap-5 px-5 py-10">
            <span
              aria-hidden
              className="grid size-14 place-items-center rounded-full bg-danger-soft text-danger-text"
            >
              <ShieldAlert size={30} />
            </span>
            <Dialog.Title className="font-semibold text-2xl tracking-tight">
              <Title code={alarm.code} />
            </Dialog.Title>
            <Dialog.Description asChild>
              <div className="flex flex-col gap-3">
                <Where alarm={alarm} />
                <p>
                  <Meaning code={alarm.code} />
                </p>
                <p className="text-muted">
                  <Trans>
                    Nothing more is sent where this concerns. Ask the people you write with by another way,
                    and whoever runs this node. What you keep as evidence shows to somebody who knows what
                    happened.
                  </Trans>
                </p>
                {more > 0 && (
                  <p className="text-muted">
                    <Trans>There are more warnings behind this one.</Trans>
                  </p>
                )}
              </div>
            </Dialog.Description>
            <div className="flex flex-wrap gap-2">
              <Button
                autoFocus
                variant="primary"
                onClick={putAlarmsAside}
              >{t`Close; sending stays stopped`}</Button>
              <Button
                icon={<Download size={17} aria-hidden />}
                onClick={() => save(alarm)}
              >{t`Keep evidence`}</Button>
            </div>
            <Details alarm={alarm} />
            <div>
              <Button
                variant="ghost"
                size="sm"
                className="-mx-3 !text-danger-text"
                onClick={() => setRemoving(true)}
              >
                {t`I know the reason: remove this warning`}
              </Button>
            </div>
          </div>
          <ConfirmDialog
            open={isRemoving}
            onOpenChange={setRemoving}
            title={t`Remove this warning?`}
            description={t`If you are wrong about the reason, somebody else may read what you write next.`}
            confirmLabel={t`Remove the warning`}
            danger
            onConfirm={() => encryption.dismissAlarm(alarm.id)}
          />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Title({ code }: { code: AlarmCode }) {
  switch (code) {
    case 'log_fork':
      return <Trans>The node shows two different pasts</Trans>;
    case 'key_mismatch':
      return <Trans>Somebody is not who they were</Trans>;
    case 'bad_commit':
      return <Trans>Somebody handed out a false key</Trans>;
    case 'downgraded':
      return <Trans>The node says this was never encrypted</Trans>;
  }
}

function Meaning({ code }: { code: AlarmCode }) {
  switch (code) {
    case 'log_fork':
      return (
        <Trans>
          What the node says about who belongs here contradicts what it said before. This does not happen by
          accident, except after an old backup was restored.
        </Trans>
      );
    case 'key_mismatch':
      return (
        <Trans>
          The identity that everybody here agreed on is not the one that the node shows now. Somebody may be
          trying to read along.
        </Trans>
      );
    case 'bad_commit':
      return (
        <Trans>
          What was handed to this device does not open what was promised. Different people may be shown
          different messages.
        </Trans>
      );
    case 'downgraded':
      return (
        <Trans>
          This browser has seen encrypted messages here, or safer settings. Now the node asks for less.
          Somebody may want to read what you write next.
        </Trans>
      );
  }
}

function Where({ alarm }: { alarm: Alarm }) {
  const place = useStore((state) => (alarm.conversation_id ? placeName(state, alarm.conversation_id) : ''));
  const person = useStore((state) => (alarm.user_id ? nameOf(state.users[alarm.user_id]) : ''));
  if (place === '' && person === '') return null;
  return (
    <p className="font-medium">
      {place !== '' && person !== '' && place !== person ? (
        <Trans>
          About {person}, in {place}
        </Trans>
      ) : place !== '' ? (
        <Trans>In {place}</Trans>
      ) : (
        <Trans>About {person}</Trans>
      )}
    </p>
  );
}

function Details({ alarm }: { alarm: Alarm }) {
  return (
    <details className="text-sm">
      <summary className="w-fit rounded-md text-muted">
        <Trans>Details</Trans>
      </summary>
      <dl className="mt-2 flex flex-col gap-2 rounded-lg bg-side p-3 font-mono text-xs">
        <div>
          <dt className="text-muted">code</dt>
          <dd>{alarm.code}</dd>
        </div>
        <div>
          <dt className="text-muted">at</dt>
          <dd>{exactTime(alarm.at)}</dd>
        </div>
        {Object.entries(alarm.evidence).map(([name, value]) => (
          <div key={name}>
            <dt className="text-muted">{name}</dt>
            <dd className="break-all">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function save(alarm: Alarm): void {
  const file = new Blob([encryption.exportAlarm(alarm.id)], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `snug-${alarm.code}-${new Date(alarm.at).toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
