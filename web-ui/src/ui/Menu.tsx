import { DropdownMenu } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import type { MenuEntry } from './menu-entries';
import { MenuEntries, menuBox } from './menu-entries';

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement;
  entries: MenuEntry[];
  /** Stands above the entries. */
  header?: ReactNode;
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'right' | 'bottom' | 'left';
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

export function Menu({
  trigger,
  entries,
  header,
  align = 'start',
  side = 'bottom',
  open,
  onOpenChange,
}: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} open={open} onOpenChange={onOpenChange}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className={menuBox}
        >
          {header}
          <MenuEntries entries={entries} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
