import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { DeviceEntry, DeviceKind } from '../model';

export function DeviceKindName({ kind }: { kind: DeviceKind }) {
  switch (kind) {
    case 'web':
      return <Trans>A browser</Trans>;
    case 'cli':
      return <Trans>A terminal</Trans>;
    case 'bot':
      return <Trans>A bot</Trans>;
  }
}

/** What a device is called: by its owner, by its session, or by its kind. */
export function deviceLabel({ name, session, kind }: DeviceEntry): string {
  if (name) return name;
  if (session?.device_name) return session.device_name;
  return { web: t`A browser`, cli: t`A terminal`, bot: t`A bot` }[kind];
}
