import { useLingui } from '@lingui/react/macro';
import type { Id, Invite } from '../api/types';
import { paths } from '../app/paths';
import { exactTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { nameOf } from '../state/selectors';
import { useStore } from '../state/store';
import { InviteList } from '../ui/InviteList';
import { LoadError } from '../ui/LoadError';
import { Section } from '../ui/Section';
import { Skeleton } from '../ui/Skeleton';
import { loadInvites, revokeInvite } from './api';
import { inviteLink } from './code';
import { InviteForm } from './InviteForm';

/** Links that lead into the server. */
export function InvitesSettings({ serverId }: { serverId: Id }) {
  const { t } = useLingui();
  const users = useStore((state) => state.users);
  const invites = useLoad(() => loadInvites(serverId), serverId);
  const by = (invite: Invite) => t`by ${nameOf(users[invite.created_by])}, ${exactTime(invite.created_at)}`;
  return (
    <>
      <Section title={t`New invite link`}>
        <InviteForm
          serverId={serverId}
          onMade={(invite) =>
            invites.set([invite, ...(invites.data ?? []).filter(({ code }) => code !== invite.code)])
          }
        />
      </Section>
      <Section title={t`Invite links`}>
        {invites.error && !invites.data && <LoadError error={invites.error} retry={invites.reload} />}
        {!invites.data && !invites.error && <Skeleton className="h-28 w-full" />}
        {invites.data && (
          <InviteList
            invites={invites.data.map((invite) => ({
              ...invite,
              link: inviteLink(paths.invite(invite.code)),
              note: by(invite),
            }))}
            onRevoke={async (code) => {
              await revokeInvite(serverId, code);
              invites.reload();
            }}
          />
        )}
      </Section>
    </>
  );
}
