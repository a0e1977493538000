import { useLingui } from '@lingui/react/macro';
import { type ReactElement, useState } from 'react';
import type { Id } from '../api/types';
import { Popover } from '../ui/Popover';
import { ProfileCard } from './ProfileCard';

interface ProfilePopoverProps {
  userId: Id;
  serverId?: Id | null;
  side?: 'top' | 'right' | 'bottom' | 'left';
  /** The button that opens it. */
  children: ReactElement;
}

/** A button that opens somebody's profile card. */
export function ProfilePopover({ userId, serverId = null, side = 'left', children }: ProfilePopoverProps) {
  const { t } = useLingui();
  const [open, setOpen] = useState(false);
  return (
    <Popover open={open} onOpenChange={setOpen} trigger={children} label={t`Profile`} side={side}>
      <ProfileCard userId={userId} serverId={serverId} onLeave={() => setOpen(false)} />
    </Popover>
  );
}
