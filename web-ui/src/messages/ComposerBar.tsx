import { Trans, useLingui } from '@lingui/react/macro';
import { Pencil, Reply, X } from 'lucide-react';
import { plainText } from '../lib/markdown';
import { nameIn } from '../state/selectors';
import { useStore } from '../state/store';
import { IconButton } from '../ui/IconButton';
import { textOf } from './commands';
import type { ComposerSnapshot } from './composer';
import { usePlace } from './place';

/** Above the text field: what is being answered or edited. */
export function ComposerBar({ snapshot, cancel }: { snapshot: ComposerSnapshot; cancel: () => void }) {
  const { t } = useLingui();
  const { serverId, timeline } = usePlace();
  const message = snapshot.editing ?? snapshot.replyTo;
  const name = useStore((state) => nameIn(state, message?.author_id ?? '', serverId));
  if (!message) return null;
  return (
    <div className="flex items-center gap-2 rounded-t-xl border border-edge border-b-0 bg-side py-0.5 pr-1 pl-3 text-muted text-sm">
      {snapshot.editing ? (
        <Pencil size={15} aria-hidden className="shrink-0" />
      ) : (
        <Reply size={15} aria-hidden className="shrink-0" />
      )}
      <button
        type="button"
        className="min-w-0 grow truncate py-1.5 text-left hover:text-ink"
        onClick={() => void timeline.jumpTo(message.seq)}
      >
        <span className="font-medium text-ink">
          {snapshot.editing ? <Trans>Editing your message</Trans> : <Trans>Replying to {name}</Trans>}
        </span>{' '}
        {!snapshot.editing && plainText(textOf(message))}
      </button>
      <IconButton
        size="sm"
        label={t`Cancel`}
        shortcut="Escape"
        icon={<X size={16} aria-hidden />}
        onClick={cancel}
      />
    </div>
  );
}
