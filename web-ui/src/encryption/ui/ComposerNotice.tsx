import { Trans, useLingui } from '@lingui/react/macro';
import { Clock, Eye, LockKeyhole, ShieldAlert } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import type { Id } from '../../api/types';
import { paths } from '../../app/paths';
import { useStore } from '../../state/store';
import { Button } from '../../ui/Button';
import { cx } from '../../ui/cx';
import { encryption, useEncryption } from '../engine';
import type { EncryptedConversation } from '../model';
import { namesOf } from '../texts';
import { showAlarms } from './alarms';
import { useAct } from './use-act';

const SafetyDialog = lazy(() =>
  import('./SafetyDialog').then((module) => ({ default: module.SafetyDialog })),
);

/** Why nothing can be written in an encrypted conversation now, in place of the composer: one line and what to do. */
export function ComposerNotice({ conversationId, conversation }: ComposerNoticeProps) {
  const isLocked = useEncryption(({ phase }) => phase === 'locked');
  // In one place, whatever is known meanwhile: a button that is made anew loses the click that is on its way.
  if (isLocked && (!conversation || conversation.reason === 'locked')) return <Locked />;
  return conversation ? <Known conversationId={conversationId} conversation={conversation} /> : <Unknown />;
}

interface ComposerNoticeProps {
  conversationId: Id;
  /** What the engine knows of it; nothing where it could not look yet. */
  conversation: EncryptedConversation | undefined;
}

function Unknown() {
  const phase = useEncryption((state) => state.phase);
  return (
    <Line icon={<LockKeyhole size={17} />}>
      {phase === 'unsupported' ? (
        <Trans>This browser can't open encrypted conversations.</Trans>
      ) : phase === 'newer' ? (
        <Trans>This needs a newer Snug. Load the page again to write.</Trans>
      ) : (
        <Trans>Checking who is in here…</Trans>
      )}
    </Line>
  );
}

function Known(props: { conversationId: Id; conversation: EncryptedConversation }) {
  const { conversationId, conversation } = props;
  const { state, reason, missing } = conversation;
  // Names are looked up when they are drawn.
  useStore((one) => one.users);
  if (state === 'starting') {
    return (
      <Line icon={<Clock size={17} />}>
        <Trans>Checking who is in here…</Trans>
      </Line>
    );
  }
  if (reason === 'changed') return <Changed {...props} />;
  if (state === 'alarm') return <Alarmed />;
  switch (reason) {
    case 'no_keys':
      return (
        <Line icon={<Clock size={17} />}>
          <Trans>
            You can write here once {namesOf(missing)} has signed in again. Nothing to do for you.
          </Trans>
        </Line>
      );
    case 'not_member':
      return <NotMember roomId={conversationId} />;
    case 'reader':
      return (
        <Line icon={<Eye size={17} />}>
          <Trans>You may read here, but not write.</Trans>
        </Line>
      );
    case 'locked':
      return <Locked />;
    case 'newer':
      return (
        <Line icon={<Clock size={17} />}>
          <Trans>Somebody here uses a newer Snug. Load the page again to write.</Trans>
        </Line>
      );
    default:
      return (
        <Line icon={<Clock size={17} />}>
          <Trans>Writing here is not possible at the moment.</Trans>
        </Line>
      );
  }
}

interface LineProps {
  icon: ReactNode;
  tone?: 'calm' | 'warn' | 'danger';
  children: ReactNode;
  actions?: ReactNode;
}

const tones = {
  calm: 'bg-side text-muted',
  warn: 'bg-warn-soft text-warn-text',
  danger: 'bg-danger-soft text-danger-text',
};

function Line({ icon, tone = 'calm', children, actions }: LineProps) {
  return (
    <div
      data-composer-notice
      role={tone === 'calm' ? undefined : 'alert'}
      className={cx(
        'mx-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl px-4 py-2.5 text-sm sm:mx-4',
        tones[tone],
      )}
    >
      <span aria-hidden className="shrink-0">
        {icon}
      </span>
      <p className="min-w-48 grow basis-0">{children}</p>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  );
}

function Changed({ conversation }: { conversation: EncryptedConversation }) {
  const { t } = useLingui();
  const people = useEncryption((state) => state.people);
  const me = useStore((state) => state.me?.user.id);
  const [compared, setCompared] = useState<Id | null>(null);
  const act = useAct();
  const changed = conversation.members
    .map(({ user_id }) => user_id)
    .filter((id) => people[id]?.state === 'changed');
  const ids = changed.length > 0 ? changed : conversation.mismatched.filter((id) => id !== me);
  const [first] = ids;
  return (
    <>
      <Line
        icon={<ShieldAlert size={17} />}
        tone={first ? 'warn' : 'calm'}
        actions={
          first && (
            <>
              <Button size="sm" onClick={() => setCompared(first)}>{t`Verify again`}</Button>
              <Button
                size="sm"
                busy={act.busy !== null}
                onClick={() =>
                  void act.run(async () => {
                    for (const id of ids) await encryption.acknowledge(id);
                  })
                }
              >{t`Accept`}</Button>
            </>
          )
        }
      >
        {act.error ??
          (ids.length === 0 ? (
            <Trans>
              Your account began anew. Somebody in here has to accept your new security number before you can
              write.
            </Trans>
          ) : (
            <Trans>
              {namesOf(ids)} has a new security number, as after a new beginning. Nothing is sent until you
              decide.
            </Trans>
          ))}
      </Line>
      {compared && (
        <Suspense>
          <SafetyDialog userId={compared} onClose={() => setCompared(null)} />
        </Suspense>
      )}
    </>
  );
}

function Alarmed() {
  const { t } = useLingui();
  return (
    <Line
      icon={<ShieldAlert size={17} />}
      tone="danger"
      actions={<Button size="sm" onClick={showAlarms}>{t`What happened?`}</Button>}
    >
      <Trans>Sending is stopped here, because something does not fit together.</Trans>
    </Line>
  );
}

function NotMember({ roomId }: { roomId: Id }) {
  const { t } = useLingui();
  const act = useAct();
  const [isAsked, setAsked] = useState(false);
  return (
    <Line
      icon={<LockKeyhole size={17} />}
      actions={
        !isAsked && (
          <Button
            size="sm"
            busy={act.busy !== null}
            onClick={async () => setAsked(await act.run(() => encryption.askToJoin(roomId)))}
          >{t`Ask to be let in`}</Button>
        )
      }
    >
      {act.error ??
        (isAsked ? (
          <Trans>Asked. As soon as somebody from this room lets you in, you can read and write.</Trans>
        ) : (
          <Trans>This room is encrypted. Somebody who is in has to let you in.</Trans>
        ))}
    </Line>
  );
}

function Locked() {
  const { t } = useLingui();
  const [, navigate] = useLocation();
  return (
    <Line
      icon={<LockKeyhole size={17} />}
      actions={<Button size="sm" onClick={() => navigate(paths.settings('privacy'))}>{t`Unlock`}</Button>}
    >
      <Trans>This browser can't open your encrypted messages yet.</Trans>
    </Line>
  );
}
