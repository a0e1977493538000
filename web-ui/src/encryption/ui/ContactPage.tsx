import { Trans, useLingui } from '@lingui/react/macro';
import { BadgeCheck, ShieldAlert, UserRoundX } from 'lucide-react';
import { useEffect } from 'react';
import { useLocation } from 'wouter';
import type { User } from '../../api/types';
import { paths } from '../../app/paths';
import { useLoad } from '../../lib/use-load';
import { remember } from '../../state/load';
import { nameOf } from '../../state/selectors';
import { useStore } from '../../state/store';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { FormError } from '../../ui/FormError';
import { Spinner } from '../../ui/Spinner';
import { encryption, useEncryption } from '../engine';
import { startTalk } from '../talk';
import { encryptionText } from '../texts';
import { useAct } from './use-act';

/** Somebody's contact link was opened: who it is, and whether it is really them. */
export function ContactPage() {
  const { t } = useLingui();
  const phase = useEncryption((state) => state.phase);
  // What stands behind the `#` never goes to the node; it says which identity to expect.
  const link = location.href;
  const isSettled = phase !== 'starting';
  const checked = useLoad(
    () => (isSettled ? encryption.checkLink(link) : new Promise<never>(() => undefined)),
    `${isSettled}`,
  );
  const person = checked.data?.kind === 'person' ? checked.data : null;
  const user = person?.user;
  useEffect(() => {
    if (user) remember.users([user]);
  }, [user]);
  return (
    <main className="grid min-h-full place-items-center px-4 py-10">
      {!checked.data && !checked.error && <Spinner label={t`Looking for the person…`} />}
      {(checked.error || (checked.data && !person)) && (
        <EmptyState icon={<UserRoundX size={26} />} title={t`This link leads to nobody`}>
          {checked.error ? encryptionText(checked.error) : null}{' '}
          <Trans>It may have been replaced. Ask for a new one.</Trans>
        </EmptyState>
      )}
      {person && (person.result === 'mismatch' ? <False user={person.user} /> : <Found {...person} />)}
    </main>
  );
}

function Found({ user, result }: { user: User; result: 'match' | 'mismatch' | 'no_keys' }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const me = useStore((state) => state.me?.user.id);
  const act = useAct();
  const name = nameOf(user);
  const isVerified = result === 'match' && location.hash.length > 1;
  return (
    <div className="flex w-full max-w-sm flex-col items-center gap-4 rounded-xl bg-raised p-6 text-center shadow-float">
      <Avatar name={name} picture={user.picture} size="xl" />
      <div>
        <h1 className="flex items-center justify-center gap-2 font-semibold text-2xl">
          {name}
          {isVerified && (
            <BadgeCheck size={20} role="img" aria-label={t`Verified`} className="text-good-text" />
          )}
        </h1>
        <p className="text-muted">@{user.username}</p>
      </div>
      {user.bio && <p className="whitespace-pre-wrap text-sm">{user.bio}</p>}
      <p className="text-muted text-sm">
        {isVerified ? (
          <Trans>The link and this person belong together, so {name} is marked as verified.</Trans>
        ) : result === 'no_keys' ? (
          <Trans>{name} can't receive encrypted messages yet.</Trans>
        ) : (
          <Trans>
            The link does not say enough to be sure that this is really {name}. Compare your numbers later.
          </Trans>
        )}
      </p>
      <FormError text={act.error} />
      {user.id === me ? (
        <p className="text-muted text-sm">
          <Trans>This is you.</Trans>
        </p>
      ) : (
        <Button
          variant="primary"
          size="lg"
          busy={act.busy !== null}
          onClick={() => void act.run(async () => navigate(paths.conversation(await startTalk([user.id]))))}
        >{t`Message`}</Button>
      )}
    </div>
  );
}

function False({ user }: { user: User }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const name = nameOf(user);
  return (
    <div
      role="alert"
      className="flex w-full max-w-md flex-col gap-4 rounded-xl bg-danger-soft p-6 text-danger-text"
    >
      <ShieldAlert size={30} aria-hidden />
      <h1 className="font-semibold text-2xl">
        <Trans>This is not the {name} of the link</Trans>
      </h1>
      <p>
        <Trans>
          The node shows another identity than the one that this link was made for. Either {name} began anew
          since, or somebody wants to read what you write. Ask {name} by another way for a new link.
        </Trans>
      </p>
      <div>
        <Button onClick={() => navigate(paths.home)}>{t`Leave`}</Button>
      </div>
    </div>
  );
}
