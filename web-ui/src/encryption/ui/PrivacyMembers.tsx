import { Plural, useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useState } from 'react';
import type { Id } from '../../api/types';
import { nameOf } from '../../state/selectors';
import { useStore } from '../../state/store';
import { useUsers } from '../../state/users';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { useEncryption } from '../engine';
import type { EncryptedConversation } from '../model';
import { VerifiedMark } from './VerifiedMark';

const SafetyDialog = lazy(() =>
  import('./SafetyDialog').then((module) => ({ default: module.SafetyDialog })),
);

/** So many are listed; the others are in the members panel. */
const SHOWN = 50;

/** Who can read along, and whether they were verified. */
export function PrivacyMembers({ conversation }: { conversation: EncryptedConversation }) {
  const { t } = useLingui();
  const [compared, setCompared] = useState<Id | null>(null);
  const me = useStore((state) => state.me?.user.id);
  const ids = conversation.members.map(({ user_id }) => user_id);
  useUsers(ids.slice(0, SHOWN));
  const others = ids.filter((id) => id !== me);
  return (
    <section className="flex flex-col gap-1">
      <h3 className="font-semibold text-sm">
        <Plural value={ids.length} one="# person can read this" other="# people can read this" />
      </h3>
      <ul className="-mx-2">
        {others.slice(0, SHOWN).map((id) => (
          <MemberLine key={id} userId={id} compare={() => setCompared(id)} />
        ))}
      </ul>
      {others.length > SHOWN && (
        <p className="text-muted text-sm">
          <Plural value={others.length - SHOWN} one="and # more" other="and # more" />
        </p>
      )}
      <p className="text-muted text-sm">{t`You too, on your own devices.`}</p>
      {compared && (
        <Suspense>
          <SafetyDialog userId={compared} onClose={() => setCompared(null)} />
        </Suspense>
      )}
    </section>
  );
}

function MemberLine({ userId, compare }: { userId: Id; compare: () => void }) {
  const { t } = useLingui();
  const user = useStore((state) => state.users[userId]);
  const state = useEncryption(({ people }) => people[userId]?.state);
  const name = nameOf(user);
  return (
    <li className="flex min-h-11 items-center gap-3 px-2">
      <Avatar name={name} picture={user?.picture} size="sm" />
      <span className="flex min-w-0 grow items-center gap-1.5">
        <span className="truncate">{name}</span>
        <VerifiedMark userId={userId} />
      </span>
      <Button
        size="sm"
        aria-label={state === 'verified' ? t`Security number of ${name}` : t`Verify ${name}`}
        onClick={compare}
      >
        {state === 'verified' ? t`Security number` : t`Verify`}
      </Button>
    </li>
  );
}
