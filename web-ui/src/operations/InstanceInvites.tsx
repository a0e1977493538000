import { useLingui } from '@lingui/react/macro';
import { exactTime } from '../lib/time';
import { useLoad } from '../lib/use-load';
import { nameOf } from '../state/selectors';
import { useStore } from '../state/store';
import { InviteLimits } from '../ui/InviteLimits';
import { InviteList } from '../ui/InviteList';
import { LoadError } from '../ui/LoadError';
import { Section } from '../ui/Section';
import { Skeleton } from '../ui/Skeleton';
import { createInvite, type InstanceInvite, loadInvites, revokeInvite } from './api';

/** Links with which people make an account where registration is not open. */
export function InstanceInvites() {
  const { t } = useLingui();
  const users = useStore((state) => state.users);
  const invites = useLoad(loadInvites);

  function note({ created_by, created_at }: InstanceInvite): string {
    const at = exactTime(created_at);
    if (created_by === null) return t`made on the command line, ${at}`;
    const user = users[created_by];
    return user ? t`by ${nameOf(user)}, ${at}` : at;
  }

  return (
    <>
      <Section
        title={t`New invite`}
        description={t`Whoever opens the link can make an account, also while registration is by invite only.`}
      >
        <InviteLimits
          submitLabel={t`Create invite`}
          onSubmit={async (limits) => {
            const invite = await createInvite(limits);
            invites.set([invite, ...(invites.data ?? [])]);
          }}
        />
      </Section>
      <Section title={t`Invites`}>
        {invites.error && !invites.data && <LoadError error={invites.error} retry={invites.reload} />}
        {!invites.data && !invites.error && <Skeleton className="h-28 w-full" />}
        {invites.data && (
          <InviteList
            invites={invites.data.map((invite) => ({ ...invite, link: invite.url, note: note(invite) }))}
            onRevoke={async (code) => {
              await revokeInvite(code);
              invites.reload();
            }}
          />
        )}
      </Section>
    </>
  );
}
