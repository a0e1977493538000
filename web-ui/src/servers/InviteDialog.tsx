import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { Id, Invite } from '../api/types';
import { paths } from '../app/paths';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { CopyField } from '../ui/CopyField';
import { Dialog } from '../ui/Dialog';
import { AccessCode } from './AccessCode';
import { inviteLink } from './code';
import { InviteForm } from './InviteForm';
import { useMay } from './may';

interface InviteDialogProps {
  serverId: Id;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Ways to bring somebody in: the short code to say aloud, and links with limits. */
export function InviteDialog({ serverId, open, onOpenChange }: InviteDialogProps) {
  const { t } = useLingui();
  const name = useStore((state) => state.servers[serverId]?.name ?? '');
  const code = useStore((state) => state.servers[serverId]?.access_code ?? null);
  const mayInvite = useMay(serverId, 'create_invites');
  const [made, setMade] = useState<Invite | null>(null);
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t`Invite people to ${name}`} size="sm">
      <div className="flex flex-col gap-6">
        {code && (
          <AccessCode
            code={code}
            hint={t`Say it or write it: it is typed in under “Create or join a server”.`}
          />
        )}
        {mayInvite &&
          (made ? (
            <div className="flex flex-col gap-3">
              <CopyField label={t`Invite link`} value={inviteLink(paths.invite(made.code))} />
              <Button variant="ghost" onClick={() => setMade(null)}>{t`Make another`}</Button>
            </div>
          ) : (
            <InviteForm serverId={serverId} onMade={setMade} />
          ))}
      </div>
    </Dialog>
  );
}
