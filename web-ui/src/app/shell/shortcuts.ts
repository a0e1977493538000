import { availableCommands } from '../commands';

/** The keys of an event as commands write them: `Mod+Shift+K`. */
export function keysOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const isLetter = /^[A-Z]$/.test(key);
  return [
    (event.ctrlKey || event.metaKey) && 'Mod',
    event.altKey && 'Alt',
    // For signs such as ? the shift key is part of the sign.
    event.shiftKey && (isLetter || key.length > 1) && 'Shift',
    key,
  ]
    .filter(Boolean)
    .join('+');
}

/** Runs the commands that have a shortcut. */
export function watchShortcuts(): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const keys = keysOf(event);
    // A plain sign is text wherever one can write.
    if (!keys.includes('+') && isWriting(event.target)) return;
    if (document.querySelector('[role="dialog"]') && keys !== 'Mod+K') return;
    const command = availableCommands().find(({ shortcut }) => shortcut === keys);
    if (!command) return;
    event.preventDefault();
    command.run();
  };
  window.addEventListener('keydown', onKeyDown);
  return () => window.removeEventListener('keydown', onKeyDown);
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable)
  );
}
