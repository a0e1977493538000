import { t } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useEffect } from 'react';
import { Route, Switch } from 'wouter';
import { EncryptionShell } from '../../encryption/ui/EncryptionShell';
import { loadAdministrationTexts } from '../../i18n/i18n';
import { forgetComposers, isEditing } from '../../messages/composers';
import { forgetTimelines } from '../../messages/timelines';
import { useStore } from '../../state/store';
import { socket, startSync, stopSync } from '../../state/sync';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { Toaster } from '../../ui/Toaster';
import { toasts } from '../../ui/toasts';
import { NewVersion } from '../NewVersion';
import { routes } from '../paths';
import { Splash } from '../Splash';
import { keepShell, version } from '../version';
import { Columns } from './Columns';
import { ConnectionBanner } from './ConnectionBanner';
import { Dialogs } from './Dialogs';
import { runEncryption } from './encryption';
import { watchIdle } from './idle';
import { runNotifications } from './notifications';
import { watchShortcuts } from './shortcuts';
import { watchTitle } from './title';

const SettingsPage = lazy(() =>
  import('../../accounts/SettingsPage').then((module) => ({ default: module.SettingsPage })),
);
const Shortcuts = lazy(() => import('./Shortcuts').then((module) => ({ default: module.Shortcuts })));
const ServerSettingsPage = lazy(() =>
  import('../../servers/ServerSettingsPage').then((module) => ({ default: module.ServerSettingsPage })),
);
const InvitePage = lazy(() =>
  import('../../servers/InvitePage').then((module) => ({ default: module.InvitePage })),
);
const ContactPage = lazy(() =>
  import('../../encryption/ui/ContactPage').then((module) => ({ default: module.ContactPage })),
);
const PrivacyPage = lazy(() =>
  import('../../encryption/ui/PrivacyPage').then((module) => ({ default: module.PrivacyPage })),
);
const SharePage = lazy(() => import('../SharePage').then((module) => ({ default: module.SharePage })));
const AdminPage = lazy(async () => {
  const [module] = await Promise.all([import('../../operations/AdminPage'), loadAdministrationTexts()]);
  return { default: module.AdminPage };
});

/** Everything that a signed-in person sees. */
export function Shell() {
  const phase = useStore((state) => state.phase);
  useEffect(() => {
    void startSync();
    const endEncryption = runEncryption();
    const watchers = [watchShortcuts(), watchTitle(), watchIdle(), watchVersion(), runNotifications()];
    return () => {
      for (const end of watchers) end();
      endEncryption();
      stopSync();
      forgetTimelines();
      forgetComposers();
    };
  }, []);
  if (phase === 'loading') return <Splash />;
  if (phase === 'failed') return <Unreached />;
  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <ConnectionBanner />
      <NewVersion mayLeave={mayLeave} />
      <EncryptionShell />
      <div className="min-h-0 grow overflow-y-auto">
        <Suspense fallback={<Splash />}>
          <Switch>
            <Route path={routes.settings}>
              <SettingsPage shortcuts={<Shortcuts heading="h2" />} />
            </Route>
            <Route path={routes.serverSettings} component={ServerSettingsPage} />
            <Route path={routes.admin} component={AdminPage} />
            <Route path={routes.share} component={SharePage} />
            <Route path={routes.invite} component={InvitePage} />
            <Route path={routes.contact}>
              <ContactPage />
            </Route>
            <Route path={routes.privacy}>
              <PrivacyPage />
            </Route>
            <Route component={Columns} />
          </Switch>
        </Suspense>
      </div>
      <Dialogs />
      <Toaster />
    </div>
  );
}

/** Once there is something to see; and whenever the node was away, which may have been for an update. */
function watchVersion(): () => void {
  return socket.subscribe(() => {
    if (!socket.isOnline) return;
    void keepShell();
    version.check();
  });
}

/** Drafts and what waits to be sent are kept on this device; a change of a message that was sent is not. */
function mayLeave(): boolean {
  if (isEditing()) toasts.error(t`Save or cancel the change of your message first.`);
  return !isEditing();
}

function Unreached() {
  const { t } = useLingui();
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState
        title={t`Snug can't be reached`}
        action={<Button onClick={() => location.reload()}>{t`Try now`}</Button>}
      >
        {t`It is tried again by itself. Messages that were waiting to be sent are kept.`}
      </EmptyState>
    </main>
  );
}
