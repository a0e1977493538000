import { useLingui } from '@lingui/react/macro';
import type { Id } from '../../api/types';
import { Choice } from '../../ui/Choice';
import { FormError } from '../../ui/FormError';
import { Select } from '../../ui/Select';
import { encryption } from '../engine';
import type { EncryptedConversation } from '../model';
import { useAct } from './use-act';

const HOUR = 3_600;
const DAY = 24 * HOUR;

interface PrivacyRulesProps {
  conversationId: Id;
  conversation: EncryptedConversation;
}

/** How long messages stay, and what people who come later see. */
export function PrivacyRules({ conversationId, conversation }: PrivacyRulesProps) {
  const { t } = useLingui();
  const act = useAct();
  const mayChange = conversation.role === 'owner';
  const spans = [
    { value: 0, label: t`Off: messages stay` },
    { value: HOUR, label: t`After 1 hour` },
    { value: DAY, label: t`After 1 day` },
    { value: 7 * DAY, label: t`After 1 week` },
    { value: 28 * DAY, label: t`After 4 weeks` },
  ];
  const isKnown = spans.some(({ value }) => value === conversation.retain_s);
  const other = {
    value: conversation.retain_s,
    label: t`After ${Math.round(conversation.retain_s / HOUR)} hours`,
  };
  return (
    <section className="flex flex-col gap-4">
      <Select
        label={t`Messages disappear`}
        hint={
          mayChange
            ? t`Counts for messages sent from now on, for everybody here. Others may still keep what they have read.`
            : t`Only who owns the conversation can change this.`
        }
        disabled={!mayChange || act.busy !== null}
        value={String(conversation.retain_s)}
        onChange={(value) => void act.run(() => encryption.setRetention(conversationId, Number(value)))}
        options={(isKnown ? spans : [...spans, other]).map(({ value, label }) => ({
          value: String(value),
          label,
        }))}
      />
      {conversation.kind !== 'dm' && mayChange && (
        <Choice
          label={t`New people see`}
          layout="column"
          value={conversation.history}
          onChange={(history) => void act.run(() => encryption.setHistory(conversationId, history))}
          options={[
            { value: 'joined', label: t`Only new messages` },
            { value: 'shared', label: t`Earlier messages too`, hint: t`From the next messages on.` },
          ]}
        />
      )}
      {conversation.kind !== 'dm' && !mayChange && (
        <p className="text-muted text-sm">
          {conversation.history === 'joined'
            ? t`New people see only new messages.`
            : t`New people see earlier messages too.`}
        </p>
      )}
      <FormError text={act.error} />
    </section>
  );
}
