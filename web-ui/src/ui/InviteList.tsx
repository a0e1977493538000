import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { exactTime } from '../lib/time';
import { Badge } from './Badge';
import { Button } from './Button';
import { CopyField } from './CopyField';
import { toasts } from './toasts';

export interface InviteLine {
  code: string;
  link: string;
  /** Who made it and when. */
  note: string;
  expires_at: number | null;
  max_uses: number | null;
  uses: number;
}

interface InviteListProps {
  invites: InviteLine[];
  onRevoke: (code: string) => Promise<void>;
}

/** Links with their limits, each of which can be copied and revoked. */
export function InviteList({ invites, onRevoke }: InviteListProps) {
  const { t } = useLingui();
  if (invites.length === 0) return <p className="text-muted">{t`There are none.`}</p>;
  return (
    <ul className="flex flex-col gap-4">
      {invites.map((invite) => (
        <InviteItem key={invite.code} invite={invite} onRevoke={onRevoke} />
      ))}
    </ul>
  );
}

function InviteItem({ invite, onRevoke }: { invite: InviteLine; onRevoke: InviteListProps['onRevoke'] }) {
  const { t } = useLingui();
  const [busy, setBusy] = useState(false);
  const isOver =
    (invite.expires_at !== null && invite.expires_at <= Date.now()) ||
    (invite.max_uses !== null && invite.uses >= invite.max_uses);
  const uses =
    invite.max_uses === null
      ? t`used ${invite.uses} times`
      : t`used ${invite.uses} of ${invite.max_uses} times`;
  const expiry = invite.expires_at === null ? t`never expires` : t`until ${exactTime(invite.expires_at)}`;

  async function revoke() {
    setBusy(true);
    try {
      await onRevoke(invite.code);
    } catch (error) {
      toasts.error(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  }

  return (
    <li className="flex flex-col gap-1.5 rounded-lg border border-line p-3">
      <div className="flex items-end gap-2">
        <div className="min-w-0 grow">
          <CopyField label={t`Link ${invite.code}`} value={invite.link} />
        </div>
        <Button
          busy={busy}
          variant="ghost"
          className="text-danger-text"
          aria-label={t`Revoke ${invite.code}`}
          onClick={() => void revoke()}
        >{t`Revoke`}</Button>
      </div>
      <p className="flex flex-wrap items-center gap-x-2 text-muted text-sm">
        {isOver && <Badge tone="warn">{t`Over`}</Badge>}
        <span>
          {uses} · {expiry}
        </span>
      </p>
      <p className="text-faint text-xs">{invite.note}</p>
    </li>
  );
}
