import { lazy, Suspense } from 'react';
import { openDialog, useUiState } from '../ui-state';

const Switcher = lazy(() => import('./Switcher').then((module) => ({ default: module.Switcher })));
const ShortcutList = lazy(() =>
  import('./ShortcutList').then((module) => ({ default: module.ShortcutList })),
);
const StartConversation = lazy(() =>
  import('../../messages/StartConversation').then((module) => ({ default: module.StartConversation })),
);
const JumpToDate = lazy(() => import('./JumpToDate').then((module) => ({ default: module.JumpToDate })));
const AddServerDialog = lazy(() =>
  import('../../servers/AddServerDialog').then((module) => ({ default: module.AddServerDialog })),
);

const NoticesDialog = lazy(() =>
  import('../../notifications/NoticesDialog').then((module) => ({ default: module.NoticesDialog })),
);
const NotifyDialog = lazy(() =>
  import('../../notifications/NotifyDialog').then((module) => ({ default: module.NotifyDialog })),
);

const close = () => openDialog(null);

/** Dialogs that can be opened from anywhere, one at a time. */
export function Dialogs() {
  const dialog = useUiState((state) => state.dialog);
  const place = useUiState((state) => state.dialogPlace);
  return (
    <Suspense>
      {dialog === 'switcher' && <Switcher onClose={close} />}
      {dialog === 'shortcuts' && <ShortcutList onClose={close} />}
      {dialog === 'start' && <StartConversation onClose={close} />}
      {dialog === 'jump-date' && <JumpToDate onClose={close} />}
      {dialog === 'notices' && <NoticesDialog onClose={close} />}
      {dialog === 'notify' && place && <NotifyDialog placeId={place} onClose={close} />}
      {dialog === 'add-server' && <AddServerDialog open onOpenChange={close} />}
    </Suspense>
  );
}
