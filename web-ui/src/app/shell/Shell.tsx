import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useEffect } from 'react';
import { Route, Switch } from 'wouter';
import { EncryptionShell } from '../../encryption/ui/EncryptionShell';
import { forgetComposers } from '../../messages/composers';
import { forgetTimelines } from '../../messages/timelines';
import { useStore } from '../../state/store';
import { startSync, stopSync } from '../../state/sync';
import { Button } from '../../ui/Button';
import { EmptyState } from '../../ui/EmptyState';
import { Toaster } from '../../ui/Toaster';
import { routes } from '../paths';
import { Splash } from '../Splash';
import { Columns } from './Columns';
import { ConnectionBanner } from './ConnectionBanner';
import { Dialogs } from './Dialogs';
import { runEncryption } from './encryption';
import { watchIdle } from './idle';
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
const AdminPage = lazy(() =>
  import('../../operations/AdminPage').then((module) => ({ default: module.AdminPage })),
);

/** Everything that a signed-in person sees. */
export function Shell() {
  const phase = useStore((state) => state.phase);
  useEffect(() => {
    void startSync();
    const endEncryption = runEncryption();
    const watchers = [watchShortcuts(), watchTitle(), watchIdle()];
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
      <EncryptionShell />
      <div className="min-h-0 grow overflow-y-auto">
        <Suspense fallback={<Splash />}>
          <Switch>
            <Route path={routes.settings}>
              <SettingsPage shortcuts={<Shortcuts heading="h2" />} />
            </Route>
            <Route path={routes.serverSettings} component={ServerSettingsPage} />
            <Route path={routes.admin} component={AdminPage} />
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
