import { lazy, useEffect } from 'react';
import { Redirect, Route, Switch, useLocation, useSearchParams } from 'wouter';
import { NewVersion } from './NewVersion';
import { paths, routes } from './paths';
import { keepShell } from './version';

const loadShell = () => import('./shell/Shell');

const Shell = lazy(() => loadShell().then((module) => ({ default: module.Shell })));
const SignInPage = lazy(() =>
  import('../accounts/SignInPage').then((module) => ({ default: module.SignInPage })),
);
const RegisterPage = lazy(() =>
  import('../accounts/RegisterPage').then((module) => ({ default: module.RegisterPage })),
);
const ResetPage = lazy(() =>
  import('../accounts/ResetPage').then((module) => ({ default: module.ResetPage })),
);
const PrivacyPage = lazy(() =>
  import('../encryption/ui/PrivacyPage').then((module) => ({ default: module.PrivacyPage })),
);
const RulesPage = lazy(() =>
  import('../branding/RulesPage').then((module) => ({ default: module.RulesPage })),
);
const InvitePage = lazy(() =>
  import('../servers/InvitePage').then((module) => ({ default: module.InvitePage })),
);

/** Pages for those who are not signed in; anything else leads to sign-in and back. */
export function SignedOut() {
  useEffect(() => {
    // While somebody types a password there is time to fetch the chat itself.
    const prefetch = () => void loadShell();
    window.addEventListener('keydown', prefetch, { once: true });
    // Only where the app is kept already: a look at the door is no reason to load all of it.
    if (navigator.serviceWorker?.controller) void keepShell();
    return () => window.removeEventListener('keydown', prefetch);
  }, []);
  return (
    <>
      <NewVersion />
      <Switch>
        <Route path={routes.signIn} component={SignInPage} />
        <Route path={routes.register} component={RegisterPage} />
        <Route path={routes.setup} component={RegisterPage} />
        <Route path={routes.reset} component={ResetPage} />
        <Route path={routes.invite} component={InvitePage} />
        <Route path={routes.rules} component={RulesPage} />
        <Route path={routes.privacy}>
          <PrivacyPage />
        </Route>
        <Route>
          <ToSignIn />
        </Route>
      </Switch>
    </>
  );
}

function ToSignIn() {
  const [location] = useLocation();
  const next = location === paths.home ? '' : `?next=${encodeURIComponent(location)}`;
  // What stands behind the `#` of a contact link stays there: it is not for the node.
  return <Redirect to={paths.signIn + next + window.location.hash} replace />;
}

export function SignedIn() {
  return (
    <Switch>
      <Route path={routes.signIn} component={Onward} />
      <Route path={routes.register} component={Onward} />
      <Route path={routes.setup} component={Onward} />
      <Route path={routes.reset} component={ResetPage} />
      <Route path={routes.rules} component={RulesPage} />
      <Route component={Shell} />
    </Switch>
  );
}

/** Signed in: on to where one wanted to go. Only addresses of this app count. */
function Onward() {
  const [search] = useSearchParams();
  const next = search.get('next') ?? paths.home;
  return <Redirect to={/^\/(?![/\\])/.test(next) ? next + window.location.hash : paths.home} replace />;
}
