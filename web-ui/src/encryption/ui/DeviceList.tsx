import { Trans, useLingui } from '@lingui/react/macro';
import { Bot, MonitorSmartphone, SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import { agoTime, exactTime } from '../../lib/time';
import { useLoad } from '../../lib/use-load';
import { Badge } from '../../ui/Badge';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { FormError } from '../../ui/FormError';
import { Section } from '../../ui/Section';
import { Skeleton } from '../../ui/Skeleton';
import { toasts } from '../../ui/toasts';
import { encryption, useEncryption } from '../engine';
import type { DeviceEntry } from '../model';
import { encryptionText } from '../texts';
import { deviceLabel } from './device-names';
import { GatedForm } from './GatedForm';
import { LetInDialog } from './LetInDialog';

/** The devices that can read the encrypted messages. */
export function DeviceList() {
  const { t } = useLingui();
  const count = useEncryption((state) => state.identity?.devices);
  const devices = useLoad(() => encryption.devices(), String(count));
  const [removing, setRemoving] = useState<DeviceEntry | null>(null);
  const [isAdding, setAdding] = useState(false);
  const active = (devices.data ?? []).filter(({ isActive }) => isActive);
  const sorted = active.toSorted(
    (a, b) => Number(b.isCurrent) - Number(a.isCurrent) || b.addedAt - a.addedAt,
  );
  return (
    <Section
      title={t`Devices that read your encrypted messages`}
      description={t`Remove what you don't know or don't have any more. A removed device can't read what comes after.`}
      action={<Button size="sm" onClick={() => setAdding(true)}>{t`Add a device`}</Button>}
    >
      {devices.error && <FormError text={encryptionText(devices.error)} />}
      {!devices.data && !devices.error && <Skeleton className="h-24 w-full" />}
      <ul className="flex flex-col gap-4">
        {sorted.map((device) => (
          <DeviceRow key={device.id} device={device} remove={() => setRemoving(device)} />
        ))}
      </ul>
      {isAdding && <LetInDialog onClose={() => setAdding(false)} />}
      {removing && (
        <Dialog
          open
          onOpenChange={() => setRemoving(null)}
          title={t`Remove ${deviceLabel(removing)}?`}
          description={t`It is signed out and can't read new messages. Your other devices get new keys by themselves; this may take a moment.`}
          size="sm"
        >
          <GatedForm
            label={t`Remove device`}
            danger
            onCancel={() => setRemoving(null)}
            work={async (password) => {
              await encryption.revokeDevice(removing.id, password);
              setRemoving(null);
              toasts.info(t`${deviceLabel(removing)} was removed.`);
              devices.reload();
            }}
          />
        </Dialog>
      )}
    </Section>
  );
}

function DeviceRow({ device, remove }: { device: DeviceEntry; remove: () => void }) {
  const { t } = useLingui();
  const label = deviceLabel(device);
  const Icon = { web: MonitorSmartphone, cli: SquareTerminal, bot: Bot }[device.kind];
  const { session } = device;
  return (
    <li className="flex items-start gap-3">
      <Icon size={20} aria-hidden className="mt-0.5 shrink-0 text-muted" />
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-2 font-medium text-sm">
          {label}
          {device.isCurrent && <Badge tone="good">{t`You are here`}</Badge>}
        </p>
        <p className="text-muted text-sm">
          {device.isCurrent ? (
            <Trans>Active now</Trans>
          ) : session ? (
            <Trans>Last seen {agoTime(session.last_seen_at)}</Trans>
          ) : (
            <Trans>Signed out</Trans>
          )}
          {session?.ip && ` · ${session.ip}`}
        </p>
        <p className="text-faint text-xs">
          <Trans>Added {exactTime(device.addedAt)}</Trans>
        </p>
      </div>
      {!device.isCurrent && (
        <Button size="sm" aria-label={t`Remove ${label}`} onClick={remove}>{t`Remove`}</Button>
      )}
    </li>
  );
}
