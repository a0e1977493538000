import { useLingui } from '@lingui/react/macro';
import { SendHorizontal, Smile } from 'lucide-react';
import { lazy, Suspense, useRef, useState, useSyncExternalStore } from 'react';
import { may, placeName } from '../state/selectors';
import { useStore } from '../state/store';
import { cx } from '../ui/cx';
import { IconButton } from '../ui/IconButton';
import { Popover } from '../ui/Popover';
import { Skeleton } from '../ui/Skeleton';
import { COMPLETION_LIST, CompletionList, optionId } from './CompletionList';
import { ComposerBar } from './ComposerBar';
import { usePlace } from './place';
import { useComposerKeys } from './use-composer-keys';
import { useTextarea } from './use-textarea';

const EmojiPicker = lazy(() => import('./EmojiPicker').then((module) => ({ default: module.EmojiPicker })));

const COUNTER_FROM = 200;

/** Where messages are written. */
export function ComposerBox() {
  const { t } = useLingui();
  const { composer, conversationId, serverId } = usePlace();
  const area = useRef<HTMLTextAreaElement>(null);
  const [isPicking, setPicking] = useState(false);
  const snapshot = useSyncExternalStore(composer.subscribe, composer.getSnapshot);
  const name = useStore((state) => placeName(state, conversationId));
  const mayWrite = useStore((state) => may(state, conversationId, 'send_messages'));
  const keys = useComposerKeys(composer);
  useTextarea(area, snapshot, conversationId);
  const { typed, completion, editing } = snapshot;
  const left = composer.left();
  const isSendable = typed.text.trim() !== '' && left >= 0;

  if (!mayWrite) {
    return (
      <p className="m-3 rounded-lg bg-side px-4 py-3 text-center text-muted text-sm">
        {t`You may read here, but not write.`}
      </p>
    );
  }
  const label = serverId ? t`Message #${name}` : t`Message ${name}`;
  return (
    <div className="relative px-3 sm:px-4">
      {completion && <CompletionList completion={completion} choose={(index) => composer.choose(index)} />}
      <ComposerBar snapshot={snapshot} cancel={() => composer.cancel()} />
      <div
        className={cx(
          'flex items-end gap-1 rounded-xl border border-edge bg-inset p-1 transition-shadow focus-within:border-accent focus-within:shadow-[0_0_0_1px_var(--color-accent)]',
          (editing || snapshot.replyTo) && 'rounded-t-none',
        )}
      >
        <textarea
          ref={area}
          data-composer
          rows={1}
          value={typed.text}
          aria-label={editing ? t`Edit message` : label}
          placeholder={label}
          aria-autocomplete="list"
          aria-controls={completion ? COMPLETION_LIST : undefined}
          aria-activedescendant={completion ? optionId(completion.index) : undefined}
          enterKeyHint="send"
          spellCheck
          onChange={({ target }) =>
            composer.type({ text: target.value, start: target.selectionStart, end: target.selectionEnd })
          }
          onSelect={({ currentTarget: { value, selectionStart, selectionEnd } }) => {
            // React reports a selection before it has drawn a text that a key has just changed.
            if (value !== composer.getSnapshot().typed.text) return;
            composer.type({ text: value, start: selectionStart, end: selectionEnd });
          }}
          onKeyDown={keys}
          className="max-h-[40dvh] min-h-9 min-w-0 grow resize-none bg-transparent px-2.5 py-[0.4375rem] leading-[1.4rem] outline-none pointer-coarse:min-h-11 pointer-coarse:py-2.5"
        />
        {left < COUNTER_FROM && (
          <span
            role="status"
            className={cx(
              'self-center px-1 text-xs tabular-nums',
              left < 0 ? 'font-semibold text-danger-text' : 'text-muted',
            )}
          >
            {left}
          </span>
        )}
        <Popover
          open={isPicking}
          onOpenChange={setPicking}
          label={t`Emoji`}
          side="top"
          align="end"
          trigger={
            <button
              type="button"
              aria-label={t`Emoji`}
              className="grid size-9 shrink-0 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink pointer-coarse:size-11"
            >
              <Smile size={20} aria-hidden />
            </button>
          }
        >
          <Suspense fallback={<Skeleton className="m-2 h-80 w-80 max-w-[85vw]" />}>
            <EmojiPicker
              onPick={(emoji) => {
                setPicking(false);
                composer.insert(emoji);
              }}
            />
          </Suspense>
        </Popover>
        <IconButton
          label={editing ? t`Save` : t`Send`}
          icon={<SendHorizontal size={19} aria-hidden />}
          disabled={!isSendable}
          className={isSendable ? 'bg-accent !text-accent-ink hover:!bg-accent-hover' : ''}
          onClick={() => {
            void composer.send();
            area.current?.focus();
          }}
        />
      </div>
    </div>
  );
}
