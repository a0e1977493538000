import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import type { User } from '../../api/types';
import { searchUsers } from '../../messages/api';
import { cx } from '../../ui/cx';
import { Dialog } from '../../ui/Dialog';
import { optionsFor } from './switcher-options';

const SEARCH_MS = 200;
const LIST = 'switcher-list';

/** Goes to a room, person or conversation by a few letters of its name, or runs a command. */
export function Switcher({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useLingui();
  const [query, setQuery] = useState('');
  const [index, setIndex] = useState(0);
  const [found, setFound] = useState<User[]>([]);
  const [, navigate] = useLocation();
  const options = optionsFor(query, found, (name) => i18n._(name), navigate);
  const chosen = Math.min(index, options.length - 1);

  useEffect(() => {
    const wanted = query.trim().replace(/^[@>#]/, '');
    if (wanted.length < 2 || /^[>#]/.test(query)) return;
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const users = await searchUsers(wanted).catch(() => []);
      if (isCurrent) setFound(users);
    }, SEARCH_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [query]);

  const run = (at: number) => {
    onClose();
    options[at]?.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && options.length > 0) setIndex((chosen + by + options.length) % options.length);
    else if (event.key === 'Enter') run(chosen);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Go to…`} size="md">
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls={LIST}
        aria-activedescendant={options.length > 0 ? `${LIST}-${chosen}` : undefined}
        aria-label={t`Room, person or command`}
        placeholder={t`Room, person or command`}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setIndex(0);
        }}
        onKeyDown={onKeyDown}
        className="h-11 w-full rounded-md border border-edge bg-inset px-3 outline-none focus:border-accent"
      />
      <div id={LIST} role="listbox" aria-label={t`Matches`} className="mt-2 h-80 overflow-y-auto">
        {options.map((option, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text field's
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text field
          <div
            key={option.key}
            id={`${LIST}-${at}`}
            role="option"
            aria-selected={at === chosen}
            ref={at === chosen ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
            onPointerMove={() => at !== chosen && setIndex(at)}
            onClick={() => run(at)}
            className={cx(
              'flex min-h-10 cursor-pointer items-center gap-3 rounded-md px-2.5 pointer-coarse:min-h-11',
              at === chosen && 'bg-accent-soft',
            )}
          >
            <span className="grid w-8 shrink-0 place-items-center text-muted">{option.icon}</span>
            <span className={cx('truncate', option.isUnread && 'font-semibold')}>{option.name}</span>
            <span className="ml-auto shrink-0 truncate pl-2 text-muted text-sm">{option.detail}</span>
          </div>
        ))}
        {options.length === 0 && <p className="py-10 text-center text-muted">{t`Nothing found.`}</p>}
      </div>
    </Dialog>
  );
}
