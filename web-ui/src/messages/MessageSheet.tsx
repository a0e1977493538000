import { useLingui } from '@lingui/react/macro';
import type { Message } from '../api/types';
import { plainText } from '../lib/markdown';
import { cx } from '../ui/cx';
import { Dialog } from '../ui/Dialog';
import { commandsFor, textOf, toggleReaction } from './commands';
import { QUICK_EMOJI } from './emoji';
import { usePlace } from './place';

/** What a long press offers. */
export function MessageSheet({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t, i18n } = useLingui();
  const place = usePlace();
  const commands = commandsFor(message, place);
  const mayReact = commands.some((command) => command.id === 'react');
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Message`}
      description={<span className="line-clamp-2">{plainText(textOf(message))}</span>}
      size="sm"
    >
      {mayReact && (
        <div className="mb-2 flex justify-between">
          {QUICK_EMOJI.map((emoji) => (
            <button
              key={emoji}
              type="button"
              aria-label={t`React with ${emoji}`}
              className="grid size-12 place-items-center rounded-full bg-hover text-2xl"
              onClick={() => {
                onClose();
                void toggleReaction(message, emoji, place);
              }}
            >
              {emoji}
            </button>
          ))}
        </div>
      )}
      <ul className="-mx-2">
        {commands.map((command) => (
          <li key={command.id}>
            <button
              type="button"
              className={cx(
                'flex min-h-12 w-full items-center gap-3 rounded-md px-2 text-left hover:bg-hover',
                command.isDangerous && 'text-danger-text',
              )}
              onClick={() => {
                onClose();
                command.run(message, place);
              }}
            >
              {command.icon}
              {i18n._(command.name)}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
