import { useLingui } from '@lingui/react/macro';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { Id } from '../api/types';
import { Popover } from '../ui/Popover';
import { Skeleton } from '../ui/Skeleton';
import { usePlace } from './place';

const ProfileCard = lazy(() =>
  import('../accounts/ProfileCard').then((module) => ({ default: module.ProfileCard })),
);

/** A name or picture that opens that person's profile card. */
export function Person(props: {
  userId: Id;
  className?: string;
  children: ReactNode;
  label?: string;
  isDecor?: boolean;
}) {
  const { t } = useLingui();
  const { serverId } = usePlace();
  const [isOpen, setOpen] = useState(false);
  const [wasOpened, setOpened] = useState(false);
  const trigger = (
    <button
      type="button"
      aria-label={props.label}
      className={props.className}
      {...(props.isDecor ? { tabIndex: -1, 'aria-hidden': true } : {})}
      onClick={() => {
        setOpened(true);
        setOpen(true);
      }}
    >
      {props.children}
    </button>
  );
  // Most people in a list are never opened: the popover is made when one is, and stays to give the focus back.
  if (!wasOpened) return trigger;
  return (
    <Popover open={isOpen} onOpenChange={setOpen} label={t`Profile`} trigger={trigger} side="right">
      <Suspense fallback={<Skeleton className="h-48 w-72" />}>
        <ProfileCard userId={props.userId} serverId={serverId} onLeave={() => setOpen(false)} />
      </Suspense>
    </Popover>
  );
}
