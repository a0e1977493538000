import { Check } from 'lucide-react';
import type { ContextMenu } from 'radix-ui';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { cx } from './cx';
import { Kbd } from './Kbd';

export interface MenuAction {
  label: string;
  icon?: ReactNode;
  run: () => void;
  hint?: string;
  shortcut?: string;
  danger?: boolean;
  disabled?: boolean;
  /** One of a choice: shown with a tick when true. */
  checked?: boolean;
}
/** What a menu lists; `'separator'` draws a line, a heading names what follows it. */
export type MenuEntry = MenuAction | { heading: string } | 'separator';

/** Drop-down and context menus have the same parts under two names. */
export type MenuParts = Pick<
  typeof DropdownMenu | typeof ContextMenu,
  'Item' | 'CheckboxItem' | 'Separator' | 'Label'
>;

export const menuBox =
  'z-50 max-h-(--radix-popper-available-height) min-w-52 max-w-80 animate-appear overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-float';

const itemBox =
  'flex min-h-9 cursor-pointer select-none items-center gap-2.5 rounded-md px-2.5 py-1 text-sm outline-none data-[disabled]:cursor-not-allowed data-[highlighted]:bg-hover data-[disabled]:opacity-50 pointer-coarse:min-h-11';

export function MenuEntries({ entries, parts }: { entries: MenuEntry[]; parts?: MenuParts }) {
  const Parts = parts ?? DropdownMenu;
  return entries.map((entry, index) => {
    if (entry === 'separator') {
      // biome-ignore lint/suspicious/noArrayIndexKey: a line has nothing else to be known by
      return <Parts.Separator key={index} className="mx-1 my-1 h-px bg-line" />;
    }
    if ('heading' in entry) {
      return (
        <Parts.Label key={entry.heading} className="px-2.5 pt-1.5 pb-1 font-semibold text-faint text-xs">
          {entry.heading}
        </Parts.Label>
      );
    }
    const className = cx(itemBox, entry.danger ? 'text-danger-text' : 'text-ink');
    const content = (
      <>
        {entry.icon && <span className="shrink-0 text-current opacity-80">{entry.icon}</span>}
        <span className="min-w-0 grow">
          <span className="block">{entry.label}</span>
          {entry.hint && <span className="block text-muted text-xs">{entry.hint}</span>}
        </span>
        {entry.shortcut && <Kbd keys={entry.shortcut} />}
        {entry.checked && <Check size={16} aria-hidden className="shrink-0 text-accent-text" />}
      </>
    );
    return entry.checked === undefined ? (
      <Parts.Item key={entry.label} disabled={entry.disabled} onSelect={entry.run} className={className}>
        {content}
      </Parts.Item>
    ) : (
      <Parts.CheckboxItem
        key={entry.label}
        checked={entry.checked}
        disabled={entry.disabled}
        onSelect={entry.run}
        className={className}
      >
        {content}
      </Parts.CheckboxItem>
    );
  });
}
