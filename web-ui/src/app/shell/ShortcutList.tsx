import { useLingui } from '@lingui/react/macro';
import { Dialog } from '../../ui/Dialog';
import { Shortcuts } from './Shortcuts';

/** The keys, from anywhere. The settings show them too. */
export function ShortcutList({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Keyboard shortcuts`} size="lg" isText>
      <Shortcuts heading="h3" />
    </Dialog>
  );
}
