import { Trans, useLingui } from '@lingui/react/macro';
import { LockKeyhole, LockKeyholeOpen, ShieldAlert, ShieldCheck } from 'lucide-react';
import { Link } from 'wouter';
import type { Id } from '../../api/types';
import { paths } from '../../app/paths';
import { Dialog } from '../../ui/Dialog';
import { useEncryption } from '../engine';
import { useLock } from './LockButton';
import { PrivacyMembers } from './PrivacyMembers';
import { PrivacyRules } from './PrivacyRules';
import { TurnOn } from './TurnOn';

interface PrivacyDialogProps {
  conversationId: Id;
  onClose: () => void;
}

/** What is protected in a conversation and what is not; who is in it; how long messages stay. */
export function PrivacyDialog({ conversationId, onClose }: PrivacyDialogProps) {
  const { t } = useLingui();
  const lock = useLock(conversationId);
  const conversation = useEncryption((state) => state.conversations[conversationId]);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`About this conversation's privacy`}>
      <div className="flex flex-col gap-6 pb-2">
        {lock === 'plain' ? (
          <>
            <PlainFacts />
            <TurnOn conversationId={conversationId} />
          </>
        ) : (
          <>
            <EncryptedFacts isVerified={lock === 'verified'} isOdd={lock === 'attention'} />
            {conversation && (
              <>
                <PrivacyMembers conversation={conversation} />
                <PrivacyRules conversationId={conversationId} conversation={conversation} />
              </>
            )}
          </>
        )}
        <p className="text-sm">
          <Link
            href={paths.privacy}
            onClick={onClose}
            className="text-accent-text underline underline-offset-2"
          >
            <Trans>What encryption does and doesn't protect</Trans>
          </Link>
        </p>
      </div>
    </Dialog>
  );
}

function PlainFacts() {
  return (
    <Facts
      icon={<LockKeyholeOpen size={22} />}
      tone="bg-side text-muted"
      title={<Trans>Not end-to-end encrypted</Trans>}
      protects={
        <Trans>
          On the way to the node nobody can read along. Only people who are in this conversation are shown it.
        </Trans>
      }
      leaves={
        <Trans>
          Whoever runs this node, or gets hold of its disk or backups, can read what is written here.
        </Trans>
      }
    />
  );
}

function EncryptedFacts({ isVerified, isOdd }: { isVerified: boolean; isOdd: boolean }) {
  return (
    <Facts
      icon={
        isOdd ? <ShieldAlert size={22} /> : isVerified ? <ShieldCheck size={22} /> : <LockKeyhole size={22} />
      }
      tone={isOdd ? 'bg-warn-soft text-warn-text' : 'bg-good-soft text-good-text'}
      title={
        isOdd ? (
          <Trans>Somebody here has to be looked at</Trans>
        ) : (
          <Trans>End-to-end encrypted, not yet externally audited</Trans>
        )
      }
      protects={
        <Trans>
          Only the people below can read the messages, and the name of a group. Not the node, not who runs it,
          not who steals its disk.
        </Trans>
      }
      leaves={
        <Trans>
          The node sees who writes, when and roughly how much. And a browser runs the program that the node
          sends it: a dishonest operator could send one that reads along. Against that, use a Snug that does
          not come from the node.
        </Trans>
      }
    />
  );
}

interface FactsProps {
  icon: React.ReactNode;
  tone: string;
  title: React.ReactNode;
  protects: React.ReactNode;
  leaves: React.ReactNode;
}

function Facts({ icon, tone, title, protects, leaves }: FactsProps) {
  return (
    <section className="flex flex-col gap-3">
      <div className="flex items-center gap-3">
        <span aria-hidden className={`grid size-11 shrink-0 place-items-center rounded-full ${tone}`}>
          {icon}
        </span>
        <p className="font-semibold">{title}</p>
      </div>
      <dl className="grid gap-3 text-sm">
        <div>
          <dt className="font-medium">
            <Trans>Protected</Trans>
          </dt>
          <dd className="text-muted">{protects}</dd>
        </div>
        <div>
          <dt className="font-medium">
            <Trans>Not protected</Trans>
          </dt>
          <dd className="text-muted">{leaves}</dd>
        </div>
      </dl>
    </section>
  );
}
