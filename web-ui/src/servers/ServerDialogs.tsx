import type { Id } from '../api/types';
import { NotifyDialog } from '../notifications/NotifyDialog';
import { CategoryDialog } from './CategoryDialog';
import { InviteDialog } from './InviteDialog';
import { LeaveDialog } from './LeaveDialog';
import { NicknameDialog } from './NicknameDialog';
import { RoomDialog } from './RoomDialog';
import type { ServerDialogName } from './ServerMenu';

interface ServerDialogsProps {
  serverId: Id;
  shown: ServerDialogName;
  onClose: () => void;
}

/** The dialogs behind the server's menu, in one chunk. */
export function ServerDialogs({ serverId, shown, onClose }: ServerDialogsProps) {
  const props = { serverId, open: true, onOpenChange: (open: boolean) => !open && onClose() };
  switch (shown) {
    case 'notify':
      return <NotifyDialog placeId={serverId} onClose={onClose} />;
    case 'invite':
      return <InviteDialog {...props} />;
    case 'room':
      return <RoomDialog {...props} />;
    case 'category':
      return <CategoryDialog {...props} />;
    case 'nickname':
      return <NicknameDialog {...props} />;
    case 'leave':
      return <LeaveDialog {...props} />;
  }
}
