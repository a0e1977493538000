import { useLingui } from '@lingui/react/macro';
import { AtSign, Hash, Users } from 'lucide-react';
import { useStore } from '../state/store';
import { Avatar } from '../ui/Avatar';
import { cx } from '../ui/cx';
import { Emoji } from '../ui/Emoji';
import type { Candidate } from './completions';
import type { Completion } from './composer';

export const COMPLETION_LIST = 'composer-completions';
export const optionId = (index: number) => `${COMPLETION_LIST}-${index}`;

/** What @, # or : offers. The focus stays in the text field. */
export function CompletionList(props: { completion: Completion; choose: (index: number) => void }) {
  const { t } = useLingui();
  const { items, index } = props.completion;
  return (
    <div
      id={COMPLETION_LIST}
      role="listbox"
      aria-label={t`Suggestions`}
      className="absolute inset-x-3 bottom-full z-30 mb-1 animate-rise overflow-hidden rounded-lg border border-line bg-raised p-1 shadow-float sm:inset-x-4"
    >
      {items.map((item, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text field's
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text field
        <div
          key={item.key}
          id={optionId(at)}
          role="option"
          aria-selected={at === index}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => props.choose(at)}
          className={cx(
            'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 text-sm pointer-coarse:min-h-11',
            at === index ? 'bg-accent-soft' : 'hover:bg-hover',
          )}
        >
          <Mark item={item} />
          <span className="truncate font-medium">
            <Emoji code={item.label} />
          </span>
          <span className="truncate text-muted">{item.detail}</span>
        </div>
      ))}
    </div>
  );
}

function Mark({ item }: { item: Candidate }) {
  const picture = useStore((state) => state.users[item.id]?.picture);
  if (item.kind === 'emoji') return null;
  if (item.kind === 'user') return <Avatar name={item.label} picture={picture} size="xs" />;
  const Icon = { role: AtSign, everyone: Users, room: Hash }[item.kind];
  return <Icon size={18} aria-hidden className="text-muted" />;
}
