import { useLingui } from '@lingui/react/macro';
import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import type { Id } from '../api/types';
import { useStore } from '../state/store';
import { Button } from '../ui/Button';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { Section } from '../ui/Section';
import { AccessCode } from './AccessCode';
import { rotateAccessCode, switchOffAccessCode } from './api';
import { keepAccessCode } from './keep';
import { useMay } from './may';

/** The five characters with which anybody on this instance can join. */
export function CodeSettings({ serverId }: { serverId: Id }) {
  const { t } = useLingui();
  const code = useStore((state) => state.servers[serverId]?.access_code ?? null);
  const mayManage = useMay(serverId, 'manage_server');
  const [asking, setAsking] = useState<'rotate' | 'off' | null>(null);

  async function rotate() {
    const { access_code } = await rotateAccessCode(serverId);
    keepAccessCode(serverId, access_code);
  }

  return (
    <Section
      title={t`Join by code`}
      description={t`Everybody who has an account here and knows the code can join.`}
    >
      {code ? (
        <AccessCode code={code} />
      ) : (
        <p className="text-muted">{t`Joining by code is switched off.`}</p>
      )}
      {mayManage && (
        <div className="flex flex-wrap gap-2">
          <Button
            icon={<RefreshCw size={16} aria-hidden />}
            variant={code ? 'secondary' : 'primary'}
            onClick={() => setAsking('rotate')}
          >
            {code ? t`New code` : t`Switch on`}
          </Button>
          {code && <Button variant="ghost" onClick={() => setAsking('off')}>{t`Switch off`}</Button>}
        </div>
      )}
      <ConfirmDialog
        open={asking === 'rotate'}
        onOpenChange={() => setAsking(null)}
        title={code ? t`Make a new code?` : t`Switch on the access code?`}
        description={code ? t`The present code stops working at once. Members stay.` : t`A new code is made.`}
        confirmLabel={code ? t`New code` : t`Switch on`}
        onConfirm={rotate}
      />
      <ConfirmDialog
        open={asking === 'off'}
        onOpenChange={() => setAsking(null)}
        title={t`Switch off the access code?`}
        description={t`Nobody can join by code any more. Invite links go on working.`}
        confirmLabel={t`Switch off`}
        onConfirm={async () => {
          await switchOffAccessCode(serverId);
          keepAccessCode(serverId, null);
        }}
      />
    </Section>
  );
}
