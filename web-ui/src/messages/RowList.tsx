import { Trans } from '@lingui/react/macro';
import { LockKeyhole } from 'lucide-react';
import type { Id } from '../api/types';
import { dayName } from '../lib/time';
import { MessageRow } from './MessageRow';
import { OutgoingRow } from './OutgoingRow';
import type { Row } from './rows';
import { UnseenRow } from './UnseenRow';

interface RowListProps {
  rows: Row[];
  /** The message that has the tab stop; the newest when none was chosen. */
  current: Id | null;
  highlighted: number | null;
}

export function RowList({ rows, current, highlighted }: RowListProps) {
  const stop = rows.some((row) => row.key === current)
    ? current
    : rows.findLast((row) => row.kind === 'message')?.key;
  return rows.map((row) => {
    switch (row.kind) {
      case 'day':
        return <Divider key={row.key}>{dayName(row.ms)}</Divider>;
      case 'line':
        return <NewLine key={row.key} />;
      case 'upgrade':
        return <UpgradeLine key={row.key} />;
      case 'unseen':
        return <UnseenRow key={row.key} row={row} />;
      case 'message':
        return (
          <MessageRow
            key={row.key}
            message={row.message}
            isFirst={row.isFirst}
            isCurrent={row.key === stop}
            isHighlighted={row.message.seq === highlighted}
          />
        );
      default:
        return <OutgoingRow key={row.key} entry={row.entry} isFirst={row.isFirst} />;
    }
  });
}

function Divider({ children }: { children: string }) {
  return (
    <div className="mx-4 mt-4 mb-1 flex items-center gap-3">
      <span aria-hidden className="h-px grow bg-line" />
      <span className="font-medium text-faint text-xs">{children}</span>
      <span aria-hidden className="h-px grow bg-line" />
    </div>
  );
}

function UpgradeLine() {
  return (
    <div className="mx-4 mt-4 mb-1 flex items-center gap-3 text-faint">
      <span aria-hidden className="h-px grow bg-line" />
      <span className="flex items-center gap-1.5 text-center font-medium text-xs">
        <LockKeyhole size={13} aria-hidden className="shrink-0" />
        <Trans>Messages above were not end-to-end encrypted</Trans>
      </span>
      <span aria-hidden className="h-px grow bg-line" />
    </div>
  );
}

function NewLine() {
  return (
    <div data-line className="mx-4 mt-3 -mb-1 flex items-center gap-2 text-danger-text">
      <span aria-hidden className="h-px grow bg-danger" />
      <span className="rounded-full bg-danger px-2 font-semibold text-danger-ink text-xs leading-5">
        <Trans>New messages</Trans>
      </span>
    </div>
  );
}
