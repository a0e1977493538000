import { Trans, useLingui } from '@lingui/react/macro';
import { useState, useSyncExternalStore } from 'react';
import { useLocation, useParams } from 'wouter';
import { AuthFrame } from '../accounts/AuthFrame';
import { withNext } from '../accounts/next';
import { useInstance } from '../accounts/use-instance';
import { errorText } from '../api/errors';
import { session } from '../api/session';
import type { InvitePreview } from '../api/types';
import { paths } from '../app/paths';
import { useLoad } from '../lib/use-load';
import { remember } from '../state/load';
import { Avatar } from '../ui/Avatar';
import { Button } from '../ui/Button';
import { EmptyState } from '../ui/EmptyState';
import { FormError } from '../ui/FormError';
import { Spinner } from '../ui/Spinner';
import { joinServer, loadInvitePreview } from './api';

/** What an invite link leads to, with the way in. */
export function InvitePage() {
  const { t } = useLingui();
  const { code = '' } = useParams<{ code: string }>();
  const [, navigate] = useLocation();
  const { status } = useSyncExternalStore(session.subscribe, session.getSnapshot);
  const preview = useLoad(() => loadInvitePreview(code), `${code} ${status}`);

  if (preview.error) {
    return (
      <AuthFrame title={t`Invitation`}>
        <EmptyState
          title={t`This invitation is not valid`}
          action={<Button onClick={() => navigate(paths.home)}>{t`Go to Snug`}</Button>}
        >
          <Trans>It may have expired, been used up or been revoked. Ask for a new one.</Trans>
        </EmptyState>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={t`You are invited`}>
      {preview.data ? (
        <Invitation code={code} preview={preview.data} isSignedIn={status === 'signed-in'} />
      ) : (
        <Spinner label={t`Looking at the invitation…`} />
      )}
    </AuthFrame>
  );
}

interface InvitationProps {
  code: string;
  preview: InvitePreview;
  isSignedIn: boolean;
}

function Invitation({ code, preview: { server, is_member }, isSignedIn }: InvitationProps) {
  const { t } = useLingui();
  return (
    <div className="flex flex-col gap-5">
      <div className="flex items-center gap-4">
        <Avatar name={server.name} picture={server.icon} size="lg" square />
        <div className="min-w-0">
          <p className="font-semibold text-lg">{server.name}</p>
          <p className="text-muted text-sm">
            {server.member_count === 1 ? t`1 member` : t`${server.member_count} members`}
          </p>
        </div>
      </div>
      {isSignedIn ? (
        <Join code={code} serverId={server.id} isMember={is_member} />
      ) : (
        <FirstSignIn code={code} />
      )}
    </div>
  );
}

function Join({ code, serverId, isMember }: { code: string; serverId: string; isMember: boolean }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });

  async function join() {
    if (!isMember) {
      setState({ busy: true, error: null });
      try {
        remember.server(await joinServer(code));
      } catch (error) {
        setState({ busy: false, error: errorText(error) });
        return;
      }
    }
    navigate(paths.server(serverId), { replace: true });
  }

  return (
    <>
      <FormError text={state.error} />
      <Button variant="primary" size="lg" busy={state.busy} onClick={() => void join()}>
        {isMember ? t`You are a member: open it` : t`Join server`}
      </Button>
      <Button variant="ghost" onClick={() => navigate(paths.home)}>
        {isMember ? t`Back` : t`No, thanks`}
      </Button>
    </>
  );
}

function FirstSignIn({ code }: { code: string }) {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  const { data: instance } = useInstance();
  const here = paths.invite(code);
  const canRegister = instance?.registration !== 'closed';
  return (
    <>
      <p className="text-muted">
        {canRegister ? (
          <Trans>To join you need an account here.</Trans>
        ) : (
          <Trans>To join you need an account here, and this instance takes no new ones at the moment.</Trans>
        )}
      </p>
      <div className="flex flex-col gap-2">
        {canRegister && (
          <Button
            variant="primary"
            size="lg"
            onClick={() => navigate(withNext(paths.register, here))}
          >{t`Create an account`}</Button>
        )}
        <Button
          variant={canRegister ? 'secondary' : 'primary'}
          size="lg"
          onClick={() => navigate(withNext(paths.signIn, here))}
        >{t`Sign in`}</Button>
      </div>
    </>
  );
}
