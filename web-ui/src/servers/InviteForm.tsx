import { useLingui } from '@lingui/react/macro';
import type { Id, Invite } from '../api/types';
import { InviteLimits } from '../ui/InviteLimits';
import { createInvite } from './api';

/** Makes an invite link with an expiry and a count of uses. */
export function InviteForm({ serverId, onMade }: { serverId: Id; onMade: (invite: Invite) => void }) {
  const { t } = useLingui();
  return (
    <InviteLimits
      submitLabel={t`Create invite link`}
      onSubmit={async (limits) => onMade(await createInvite(serverId, limits))}
    />
  );
}
