import { useLingui } from '@lingui/react/macro';
import type { Message } from '../api/types';
import type { MenuEntry } from '../ui/menu-entries';
import { commandsFor } from './commands';
import { usePlace } from './place';

/** A message's commands as a menu lists them. */
export function useMessageEntries(message: Message | null): MenuEntry[] {
  const { i18n } = useLingui();
  const place = usePlace();
  if (!message) return [];
  return commandsFor(message, place).flatMap((command): MenuEntry[] => {
    const entry = {
      label: i18n._(command.name),
      icon: command.icon,
      shortcut: command.shortcut,
      danger: command.isDangerous ?? false,
      run: () => command.run(message, place),
    };
    return command.isDangerous ? ['separator', entry] : [entry];
  });
}
