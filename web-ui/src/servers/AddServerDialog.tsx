import { useLingui } from '@lingui/react/macro';
import { DoorOpen, Plus } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { ServerState } from '../api/types';
import { paths } from '../app/paths';
import { remember } from '../state/load';
import { Dialog } from '../ui/Dialog';
import { Tabs } from '../ui/Tabs';
import { CreateServerForm } from './CreateServerForm';
import { JoinServerForm } from './JoinServerForm';

interface AddServerDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Joins a server by its code or an invite, or creates one. */
export function AddServerDialog({ open, onOpenChange }: AddServerDialogProps) {
  const { t } = useLingui();
  const [tab, setTab] = useState('join');
  const [, navigate] = useLocation();

  function go(joined: ServerState) {
    remember.server(joined);
    onOpenChange(false);
    navigate(paths.server(joined.server.id));
  }

  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t`Add a server`} size="sm">
      <Tabs
        label={t`How`}
        value={tab}
        onChange={setTab}
        tabs={[
          {
            value: 'join',
            label: t`Join`,
            icon: <DoorOpen size={16} aria-hidden />,
            content: <JoinServerForm onDone={go} />,
          },
          {
            value: 'create',
            label: t`Create`,
            icon: <Plus size={16} aria-hidden />,
            content: <CreateServerForm onDone={go} />,
          },
        ]}
      />
    </Dialog>
  );
}
