import { useLingui } from '@lingui/react/macro';
import { BadgeCheck, ShieldAlert } from 'lucide-react';
import type { Id } from '../../api/types';
import { useEncryption } from '../engine';

/** Beside a name: compared with the person, or not the same any more. Nothing for everybody else. */
export function VerifiedMark({ userId, size = 15 }: { userId: Id; size?: number }) {
  const { t } = useLingui();
  const state = useEncryption(({ people }) => people[userId]?.state);
  if (state === 'verified') {
    return (
      <BadgeCheck
        size={size}
        role="img"
        aria-label={t`Verified`}
        className="inline shrink-0 text-good-text"
      />
    );
  }
  if (state === 'changed') {
    return (
      <ShieldAlert
        size={size}
        role="img"
        aria-label={t`New security number`}
        className="inline shrink-0 text-warn-text"
      />
    );
  }
  return null;
}
