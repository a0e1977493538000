import { Trans, useLingui } from '@lingui/react/macro';
import { Link, useParams, useSearchParams } from 'wouter';
import { paths } from '../app/paths';
import { useLoad } from '../lib/use-load';
import { EmptyState } from '../ui/EmptyState';
import { LoadError } from '../ui/LoadError';
import { Spinner } from '../ui/Spinner';
import { AuthFrame } from './AuthFrame';
import { checkSetup } from './api';
import { withNext } from './next';
import { RegisterForm } from './RegisterForm';
import { useInstance } from './use-instance';

/** A new account: the first one by the set-up link, others by invite or freely, as the instance has it. */
export function RegisterPage() {
  const { token } = useParams<{ token?: string }>();
  return token === undefined ? <Registration /> : <SetUp token={token} />;
}

function SetUp({ token }: { token: string }) {
  const { t } = useLingui();
  const check = useLoad(async () => {
    await checkSetup(token);
    return true;
  }, token);
  if (check.error) {
    return (
      <AuthFrame title={t`Set up Snug`}>
        <EmptyState title={t`This set-up link is not valid`} action={<SignInLink />}>
          <Trans>
            It may have been used already. Restart the node to see the current one, if there is no
            administrator yet.
          </Trans>
        </EmptyState>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame
      title={t`Set up Snug`}
      lead={<Trans>Make the first account. It becomes the administrator of this instance.</Trans>}
    >
      {check.data ? (
        <RegisterForm setupToken={token} submitLabel={t`Create administrator`} />
      ) : (
        <Spinner label={t`Checking the link…`} />
      )}
    </AuthFrame>
  );
}

function Registration() {
  const { t } = useLingui();
  const [search] = useSearchParams();
  const instance = useInstance();
  const invite = search.get('invite') ?? '';
  const next = search.get('next');
  const footer = (
    <Trans>
      Already have an account? <SignInLink next={next} />
    </Trans>
  );

  if (instance.error) {
    return (
      <AuthFrame title={t`Create an account`}>
        <LoadError error={instance.error} retry={instance.reload} />
      </AuthFrame>
    );
  }
  if (!instance.data) {
    return (
      <AuthFrame title={t`Create an account`}>
        <Spinner label={t`Loading…`} />
      </AuthFrame>
    );
  }
  if (instance.data.needs_setup) {
    return (
      <AuthFrame title={t`Not set up yet`} footer={footer}>
        <p>
          <Trans>
            The first account is made with the set-up link that the node printed on its terminal when it
            started.
          </Trans>
        </p>
      </AuthFrame>
    );
  }
  if (instance.data.registration === 'closed') {
    return (
      <AuthFrame title={t`Registration is closed`} footer={footer}>
        <p>
          <Trans>This instance takes no new accounts at the moment. Ask its administrator for one.</Trans>
        </p>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame
      title={t`Create an account`}
      lead={
        instance.data.registration === 'invite'
          ? t`New accounts need an invite from this instance's administrator.`
          : undefined
      }
      footer={footer}
    >
      <RegisterForm
        invite={invite}
        asksInvite={instance.data.registration === 'invite'}
        submitLabel={t`Create account`}
      />
    </AuthFrame>
  );
}

function SignInLink({ next = null }: { next?: string | null }) {
  return (
    <Link
      href={withNext(paths.signIn, next)}
      className="font-medium text-accent-text underline underline-offset-2"
    >
      <Trans>Sign in</Trans>
    </Link>
  );
}
