import { cx } from './cx';

const isApple = typeof navigator !== 'undefined' && /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** Keys as they stand on this person's keyboard. Write them as `Mod+K`, `Alt+ArrowUp`. */
export function Kbd({ keys, inverted }: { keys: string; inverted?: boolean }) {
  return (
    <span className="inline-flex gap-0.5 whitespace-nowrap">
      {(keys === '+' ? [keys] : keys.split('+')).map((key) => (
        <kbd
          key={key}
          className={cx(
            'min-w-5 rounded-sm border px-1 text-center font-sans text-xs',
            inverted ? 'border-current/40' : 'border-line bg-side text-muted',
          )}
        >
          {keyName(key)}
        </kbd>
      ))}
    </span>
  );
}

function keyName(key: string): string {
  const names: Record<string, string> = {
    Mod: isApple ? '⌘' : 'Ctrl',
    Alt: isApple ? '⌥' : 'Alt',
    Shift: isApple ? '⇧' : 'Shift',
    ArrowUp: '↑',
    ArrowDown: '↓',
    Escape: 'Esc',
    Enter: '⏎',
  };
  return names[key] ?? key;
}
