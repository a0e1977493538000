import { ContextMenu as Radix } from 'radix-ui';
import type { ReactElement } from 'react';
import type { MenuEntry } from './menu-entries';
import { MenuEntries, menuBox } from './menu-entries';

interface ContextMenuProps {
  entries: MenuEntry[];
  /** The element that answers to a right click, a long press and the menu key. */
  children: ReactElement;
}

/** The same entries must also be reachable by a visible button. */
export function ContextMenu({ entries, children }: ContextMenuProps) {
  if (entries.length === 0) return children;
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content collisionPadding={8} className={menuBox}>
          <MenuEntries entries={entries} parts={Radix} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
