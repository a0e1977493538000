import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { Suspense, useEffect, useSyncExternalStore } from 'react';
import { session } from '../api/session';
import { ErrorBoundary } from './ErrorBoundary';
import { SignedIn, SignedOut } from './router';
import { Splash } from './Splash';

const RETRY_MS = 3_000;
/** A node that is there answers sooner; else the app begins with what this device has. */
const PATIENCE_MS = 2_500;

export function App() {
  return (
    <I18nProvider i18n={i18n}>
      <ErrorBoundary>
        <Suspense fallback={<Splash />}>
          <Session />
        </Suspense>
      </ErrorBoundary>
    </I18nProvider>
  );
}

function Session() {
  const { status } = useSyncExternalStore(session.subscribe, session.getSnapshot);
  useEffect(restoreSession, []);
  if (status === 'unknown') return <Splash />;
  return status === 'signed-out' ? <SignedOut /> : <SignedIn />;
}

/** Asks the node whether the cookie holds a session, until it answers. */
function restoreSession(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const attempt = () => {
    if (session.getSnapshot().status !== 'unknown') return;
    session.restore().catch(() => {
      session.carryOn();
      timer = setTimeout(attempt, RETRY_MS);
    });
  };
  attempt();
  const late = setTimeout(() => session.carryOn(), PATIENCE_MS);
  return () => {
    clearTimeout(timer);
    clearTimeout(late);
  };
}
