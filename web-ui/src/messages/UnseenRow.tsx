import { Trans, useLingui } from '@lingui/react/macro';
import { usePlace } from './place';
import type { Row } from './rows';

/** One line for all messages of a range that was never meant for this reader. */
export function UnseenRow({ row }: { row: Extract<Row, { kind: 'unseen' }> }) {
  const { t } = useLingui();
  const { timeline } = usePlace();
  const { hasBefore, loadingBefore } = timeline.getSnapshot();
  return (
    <div data-seq={row.seq} className="mx-4 mt-4 mb-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-faint">
      <span aria-hidden className="h-px grow bg-line" />
      <span className="font-medium text-xs">
        {row.why === 'before_join' ? (
          <Trans>Messages from before you joined can't be read</Trans>
        ) : (
          <Trans>Messages from before your account began anew can't be read</Trans>
        )}
      </span>
      {row.isFirst && hasBefore && (
        <button
          type="button"
          disabled={loadingBefore}
          onClick={() => void timeline.loadBefore(true)}
          className="rounded-md text-accent-text text-xs underline underline-offset-2 disabled:opacity-55 pointer-coarse:min-h-11"
        >{t`Look further back`}</button>
      )}
      <span aria-hidden className="h-px grow bg-line" />
    </div>
  );
}
