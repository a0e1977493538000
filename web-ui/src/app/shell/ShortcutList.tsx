import { useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { messageCommands } from '../../messages/commands';
import { Dialog } from '../../ui/Dialog';
import { Kbd } from '../../ui/Kbd';
import { availableCommands } from '../commands';

/** All shortcuts, from the commands themselves. */
export function ShortcutList({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useLingui();
  const writing = [
    { name: t`Send`, keys: 'Enter' },
    { name: t`New line`, keys: 'Shift+Enter' },
    { name: t`Edit your last message (in an empty field)`, keys: 'ArrowUp' },
    { name: t`Bold`, keys: 'Mod+B' },
    { name: t`Italic`, keys: 'Mod+I' },
    { name: t`Code`, keys: 'Mod+E' },
    { name: t`Cancel reply or edit`, keys: 'Escape' },
  ];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Keyboard shortcuts`} size="lg">
      <div className="grid gap-x-10 gap-y-6 sm:grid-cols-2">
        <Section title={t`Anywhere`}>
          {availableCommands().map(
            (command) =>
              command.shortcut && (
                <Line key={command.id} name={i18n._(command.name)} keys={command.shortcut} />
              ),
          )}
        </Section>
        <div className="flex flex-col gap-6">
          <Section title={t`While writing`}>
            {writing.map((line) => (
              <Line key={line.keys} {...line} />
            ))}
          </Section>
          <Section title={t`On a message`}>
            {messageCommands.map((command) => (
              <Line key={command.id} name={i18n._(command.name)} keys={command.shortcut} />
            ))}
          </Section>
        </div>
      </div>
    </Dialog>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1 font-semibold text-faint text-xs">{title}</h3>
      <dl>{children}</dl>
    </section>
  );
}

function Line({ name, keys }: { name: string; keys: string }) {
  return (
    <div className="flex min-h-8 items-center justify-between gap-4 text-sm">
      <dt>{name}</dt>
      <dd>
        {keys === '+' ? (
          <kbd className="rounded-sm border border-line bg-side px-1.5 text-xs">+</kbd>
        ) : (
          <Kbd keys={keys} />
        )}
      </dd>
    </div>
  );
}
