import { Trans, useLingui } from '@lingui/react/macro';
import { BadgeCheck, ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import type { Id } from '../../api/types';
import { useLoad } from '../../lib/use-load';
import { nameOf } from '../../state/selectors';
import { useStore } from '../../state/store';
import { Button } from '../../ui/Button';
import { CopyField } from '../../ui/CopyField';
import { Dialog } from '../../ui/Dialog';
import { FormError } from '../../ui/FormError';
import { Skeleton } from '../../ui/Skeleton';
import { TextField } from '../../ui/TextField';
import { encryption, useEncryption } from '../engine';
import type { CheckedLink } from '../model';
import { encryptionText } from '../texts';
import { QrCode } from './QrCode';
import { Scanner } from './Scanner';
import { useAct } from './use-act';

interface SafetyDialogProps {
  userId: Id;
  onClose: () => void;
}

/** Two people find out whether nobody stands between them: by reading out a number, or by their cameras. */
export function SafetyDialog({ userId, onClose }: SafetyDialogProps) {
  const { t } = useLingui();
  const name = useStore((state) => nameOf(state.users[userId]));
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Security number with ${name}`}
      description={t`Meet or call ${name}, and compare. If both of you see the same number, nobody stands between you.`}
    >
      <SafetyBody userId={userId} name={name} />
    </Dialog>
  );
}

function SafetyBody({ userId, name }: { userId: Id; name: string }) {
  const { t } = useLingui();
  const number = useLoad(() => encryption.safetyNumber(userId), userId);
  const [result, setResult] = useState<'match' | 'mismatch' | 'other' | null>(null);
  const act = useAct();

  const check = (text: string) =>
    act.run(async () => setResult(resultOf(await encryption.checkLink(text.trim()), userId)));

  if (number.error) return <FormError text={encryptionText(number.error)} />;
  if (!number.data) return <Skeleton className="h-56 w-full" />;
  return (
    <div className="flex flex-col gap-5">
      <TrustLine userId={userId} name={name} />
      <div className="flex flex-wrap items-center gap-5">
        <ol
          aria-label={t`Security number`}
          className="grid grow grid-cols-3 gap-x-4 gap-y-1.5 font-mono text-lg tabular-nums sm:grid-cols-4"
        >
          {number.data.groups.map((group, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two groups may be the same
            <li key={at} className="text-center">
              {group}
            </li>
          ))}
        </ol>
        <div className="w-40 max-sm:mx-auto">
          <QrCode text={number.data.link} label={t`The same as a code for ${name}'s camera`} />
        </div>
      </div>
      <CopyField label={t`The same to send, by a way that you trust`} value={number.data.link} />
      <CodeReader check={check} isBusy={act.busy !== null} label={t`Code that ${name}'s screen shows`} />
      {result === 'match' && (
        <p role="status" className="rounded-md bg-good-soft px-3 py-2 text-good-text text-sm">
          <Trans>It fits: this is really {name}. Marked as verified.</Trans>
        </p>
      )}
      {result === 'mismatch' && (
        <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-danger-text text-sm">
          <Trans>
            It does not fit. Somebody may stand between you. Write nothing that matters here until you know
            why.
          </Trans>
        </p>
      )}
      {result === 'other' && (
        <p role="alert" className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn-text">
          <Trans>This is the code of somebody else.</Trans>
        </p>
      )}
      <FormError text={act.error} />
      <TrustButtons userId={userId} act={act} />
    </div>
  );
}

function resultOf(checked: CheckedLink, userId: Id): 'match' | 'mismatch' | 'other' {
  if (checked.kind !== 'person' || checked.user.id !== userId) return 'other';
  return checked.result === 'match' ? 'match' : 'mismatch';
}

function TrustLine({ userId, name }: { userId: Id; name: string }) {
  const state = useEncryption(({ people }) => people[userId]?.state);
  if (state === 'verified') {
    return (
      <p className="flex items-center gap-2 text-good-text text-sm">
        <BadgeCheck size={17} aria-hidden className="shrink-0" />
        <Trans>You have verified {name}.</Trans>
      </p>
    );
  }
  if (state === 'changed') {
    return (
      <p className="flex items-start gap-2 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn-text">
        <ShieldAlert size={17} aria-hidden className="mt-0.5 shrink-0" />
        <Trans>
          This number is new: {name} began anew, or somebody else did it in their name. Ask {name} before you
          go on.
        </Trans>
      </p>
    );
  }
  return null;
}

function TrustButtons({ userId, act }: { userId: Id; act: ReturnType<typeof useAct> }) {
  const { t } = useLingui();
  const state = useEncryption(({ people }) => people[userId]?.state);
  return (
    <div className="flex flex-wrap justify-end gap-2">
      {state === 'verified' ? (
        <Button busy={act.busy !== null} onClick={() => void act.run(() => encryption.unverify(userId))}>
          {t`Mark as not verified`}
        </Button>
      ) : (
        <Button
          variant="primary"
          busy={act.busy !== null}
          onClick={() => void act.run(() => encryption.verify(userId))}
        >
          {t`The numbers are the same`}
        </Button>
      )}
    </div>
  );
}

interface CodeReaderProps {
  check: (text: string) => Promise<boolean>;
  isBusy: boolean;
  label: string;
}

/** Reads another screen's code: with the camera where the browser can, else pasted. */
function CodeReader({ check, isBusy, label }: CodeReaderProps) {
  const { t } = useLingui();
  const [text, setText] = useState('');
  return (
    <div className="flex flex-col gap-3">
      <Scanner onRead={(read) => void check(read)} />
      <form
        className="flex items-end gap-2"
        onSubmit={async (event) => {
          event.preventDefault();
          if (text.trim() !== '' && (await check(text))) setText('');
        }}
      >
        <TextField
          className="min-w-0 grow"
          label={label}
          placeholder={t`Paste it here`}
          value={text}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" busy={isBusy} disabled={text.trim() === ''}>{t`Check`}</Button>
      </form>
    </div>
  );
}
