import { useLingui } from '@lingui/react/macro';
import { X } from 'lucide-react';
import { type KeyboardEvent, lazy, type ReactNode, Suspense, useEffect, useRef } from 'react';
import type { Id } from '../../api/types';
import { focusComposer } from '../../messages/use-list-keys';
import { Dialog } from '../../ui/Dialog';
import { IconButton } from '../../ui/IconButton';
import { openPanel, type Panel } from '../ui-state';

const SearchPanel = lazy(() =>
  import('../../messages/SearchPanel').then((module) => ({ default: module.SearchPanel })),
);
const PinsPanel = lazy(() =>
  import('../../messages/PinsPanel').then((module) => ({ default: module.PinsPanel })),
);

interface SidePanelProps {
  panel: Exclude<Panel, null>;
  conversationId: Id;
  serverId: Id | null;
  /** There is room beside the messages; otherwise it stands over them. */
  isBeside: boolean;
}

const close = () => openPanel(null);

/** The search or the pins of a conversation. */
export function SidePanel({ panel, conversationId, serverId, isBeside }: SidePanelProps) {
  const { t } = useLingui();
  const titles = { search: t`Search`, pins: t`Pinned messages` };
  const Content = panel === 'search' ? SearchPanel : PinsPanel;
  const content = (
    <Suspense fallback={<div className="grow" />}>
      <Content
        conversationId={conversationId}
        serverId={serverId}
        onGone={isBeside ? () => undefined : close}
      />
    </Suspense>
  );
  if (isBeside) {
    return (
      <Beside key={panel} title={titles[panel]}>
        {content}
      </Beside>
    );
  }
  return (
    <Dialog open onOpenChange={close} title={titles[panel]} shape="side">
      {content}
    </Dialog>
  );
}

function Beside({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useLingui();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    if (!before?.closest('[data-panel]')) heading.current?.focus();
    return () => {
      // With the panel the focus in it has gone.
      if (hasFocus(document.activeElement)) return;
      if (hasFocus(before) && before.isConnected) before.focus();
      else focusComposer();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    close();
  };
  return (
    <aside
      data-panel
      aria-label={title}
      onKeyDown={onKeyDown}
      className="flex w-84 shrink-0 flex-col border-line border-l bg-side"
    >
      <header className="flex h-13 shrink-0 items-center gap-2 border-line border-b pr-2 pl-4">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 grow truncate font-semibold">
          {title}
        </h2>
        <IconButton label={t`Close`} icon={<X size={18} aria-hidden />} onClick={close} />
      </header>
      {children}
    </aside>
  );
}

function hasFocus(element: Element | null): element is HTMLElement {
  return element instanceof HTMLElement && element !== document.body;
}
