import { useLingui } from '@lingui/react/macro';
import type { Presence } from '../api/types';
import { agoTime } from '../lib/time';

/** The status text, and whether somebody is there or when they last were. */
export function PresenceLine({
  presence,
  statusText,
}: {
  presence: Presence | undefined;
  statusText: string;
}) {
  const { t } = useLingui();
  const state = presence?.presence ?? 'offline';
  const words = {
    online: t`Online`,
    idle: t`Idle`,
    dnd: t`Do not disturb`,
    offline: presence?.last_seen_at ? t`Last seen ${agoTime(presence.last_seen_at)}` : t`Offline`,
  };
  return (
    <p className="text-sm">
      {statusText && <span className="block">{statusText}</span>}
      <span className="text-muted">{words[state]}</span>
    </p>
  );
}
