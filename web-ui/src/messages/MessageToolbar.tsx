import { useLingui } from '@lingui/react/macro';
import { Ellipsis } from 'lucide-react';
import type { Message } from '../api/types';
import { IconButton } from '../ui/IconButton';
import { Menu } from '../ui/Menu';
import { commandsFor, toggleReaction } from './commands';
import { QUICK_EMOJI } from './emoji';
import { useMessageEntries } from './message-entries';
import { usePlace } from './place';

const BESIDE = new Set(['react', 'reply', 'edit']);

/** The most used commands on the message under the pointer. */
export function MessageToolbar({ message }: { message: Message }) {
  const { t, i18n } = useLingui();
  const place = usePlace();
  const entries = useMessageEntries(message);
  const commands = commandsFor(message, place);
  const mayReact = commands.some((command) => command.id === 'react');
  return (
    <div
      role="toolbar"
      aria-label={t`Message actions`}
      className="-top-4 absolute right-3 z-10 flex rounded-md border border-line bg-raised p-0.5 shadow-float pointer-coarse:hidden"
    >
      {mayReact &&
        QUICK_EMOJI.slice(0, 3).map((emoji) => (
          <IconButton
            key={emoji}
            size="sm"
            label={t`React with ${emoji}`}
            icon={<span className="text-base leading-none">{emoji}</span>}
            onClick={() => void toggleReaction(message, emoji, place)}
          />
        ))}
      {commands
        .filter((command) => BESIDE.has(command.id))
        .map((command) => (
          <IconButton
            key={command.id}
            size="sm"
            label={i18n._(command.name)}
            shortcut={command.shortcut}
            icon={command.icon}
            onClick={() => command.run(message, place)}
          />
        ))}
      <Menu
        align="end"
        entries={entries}
        trigger={
          <button
            type="button"
            aria-label={t`More`}
            className="inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-ink"
          >
            <Ellipsis size={18} aria-hidden />
          </button>
        }
      />
    </div>
  );
}
