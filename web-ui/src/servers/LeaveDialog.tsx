import { useLingui } from '@lingui/react/macro';
import { useLocation } from 'wouter';
import type { Id } from '../api/types';
import { paths } from '../app/paths';
import { useStore } from '../state/store';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { leaveServer } from './api';

interface LeaveDialogProps {
  serverId: Id;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function LeaveDialog({ serverId, open, onOpenChange }: LeaveDialogProps) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const name = useStore((state) => state.servers[serverId]?.name ?? '');
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={t`Leave ${name}?`}
      description={t`You will need its code or an invite to come back. What you wrote stays.`}
      confirmLabel={t`Leave server`}
      danger
      onConfirm={async () => {
        await leaveServer(serverId);
        navigate(paths.home);
      }}
    />
  );
}
