import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { errorText } from '../api/errors';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { FormError } from '../ui/FormError';
import { PersonFilter } from './PersonFilter';
import { type AdminServer, transferServer } from './servers';

/** Gives a server to another of its members. */
export function TransferDialog({ of: { server, owner }, onClose }: { of: AdminServer; onClose: () => void }) {
  const { t } = useLingui();
  const [to, setTo] = useState('');
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });

  async function give() {
    setState({ busy: true, error: null });
    try {
      await transferServer(server.id, to);
      onClose();
    } catch (error) {
      setState({ busy: false, error: errorText(error) });
    }
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Give ${server.name} to another owner`}
      description={t`It has to be a member of the server. @${owner ?? ''} becomes an administrator there.`}
      size="sm"
      footer={
        <Button variant="primary" busy={state.busy} disabled={to === ''} onClick={() => void give()}>
          {t`Give the server`}
        </Button>
      }
    >
      <PersonFilter onChange={setTo} />
      <FormError text={state.error} />
    </Dialog>
  );
}
