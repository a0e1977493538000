import { useLingui } from '@lingui/react/macro';
import {
  type EmojiPickerListCategoryHeaderProps,
  type EmojiPickerListEmojiProps,
  type EmojiPickerListRowProps,
  EmojiPicker as Picker,
} from 'frimousse';
import { useEffect, useRef, useState } from 'react';
import { useOwnEmoji } from '../lib/own-emoji';
import { Emoji as Shown } from '../ui/Emoji';

function CategoryHeader({ category, ...props }: EmojiPickerListCategoryHeaderProps) {
  return (
    <div {...props} className="bg-raised px-3 pt-2.5 pb-1 font-semibold text-faint text-xs">
      {category.label}
    </div>
  );
}

function Row({ children, ...props }: EmojiPickerListRowProps) {
  // Counted from 1, as the attribute wants it. The picker then looks one row too high: hence the margin.
  const row = { ...props, 'aria-rowindex': fromOne(props['aria-rowindex']) };
  return (
    <div {...row} className="scroll-mb-9 px-1.5">
      {children}
    </div>
  );
}

function Emoji({ emoji, ...props }: EmojiPickerListEmojiProps) {
  const cell = { ...props, 'aria-colindex': fromOne(props['aria-colindex']) };
  return (
    <button
      type="button"
      {...cell}
      className="grid size-9 place-items-center rounded-md text-[1.375rem] data-[active]:bg-pressed"
    >
      {emoji.emoji}
    </button>
  );
}

const fromOne = (index: number | undefined) => (index === undefined ? undefined : index + 1);

const PARTS = { CategoryHeader, Row, Emoji };

/** The emoji picker. Its data comes from this node, never from a CDN. */
export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useLingui();
  const search = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState('');
  useEffect(() => {
    // It comes later than what holds it, and on touch the keyboard would cover the emoji.
    if (matchMedia('(pointer: coarse)').matches) return;
    const frame = requestAnimationFrame(() => search.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, []);
  return (
    <Picker.Root
      locale="en"
      emojibaseUrl={__EMOJI_DATA_URL__}
      onEmojiSelect={({ emoji }) => onPick(emoji)}
      className="isolate flex h-88 w-[min(21.5rem,calc(100vw-1.5rem))] flex-col"
    >
      <Picker.Search
        ref={search}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        aria-label={t`Search emoji`}
        placeholder={t`Search emoji`}
        className="m-2 mb-1 h-9 rounded-md border border-edge bg-inset px-3 outline-none focus:border-accent"
      />
      <OwnEmoji query={query} onPick={onPick} />
      <Picker.Viewport tabIndex={0} className="relative flex-1 outline-hidden">
        <Picker.Loading className="absolute inset-0 grid place-items-center text-muted text-sm">{t`Loading…`}</Picker.Loading>
        <Picker.Empty className="absolute inset-0 grid place-items-center text-muted text-sm">{t`No emoji found.`}</Picker.Empty>
        <Picker.List className="select-none pb-1" components={PARTS} />
      </Picker.Viewport>
    </Picker.Root>
  );
}

/** Those of the instance, above all others. */
function OwnEmoji({ query, onPick }: { query: string; onPick: (emoji: string) => void }) {
  const { t } = useLingui();
  const all = useOwnEmoji((own) => own);
  const wanted = query.trim().toLowerCase();
  const found = Object.keys(all).filter((code) => code.includes(wanted));
  if (found.length === 0) return null;
  return (
    <div className="shrink-0 border-line border-b pb-1">
      <p className="px-3 pt-2.5 pb-1 font-semibold text-faint text-xs">{t`Of this instance`}</p>
      <div className="flex max-h-28 flex-wrap overflow-y-auto px-1.5">
        {found.map((code) => (
          <button
            key={code}
            type="button"
            aria-label={code}
            onClick={() => onPick(code)}
            className="grid size-9 place-items-center overflow-hidden rounded-md text-[1.375rem] hover:bg-hover"
          >
            <Shown code={code} />
          </button>
        ))}
      </div>
    </div>
  );
}
