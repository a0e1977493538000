import { Trans } from '@lingui/react/macro';
import { Button } from '../ui/Button';
import { Skeleton } from '../ui/Skeleton';
import { usePlace } from './place';
import { RowFrame } from './RowFrame';

const WIDTHS = ['w-3/5', 'w-1/2', 'w-4/5', 'w-1/2', 'w-3/4', 'w-1/2'];

/** Stands for messages that are not loaded yet. */
export function HistorySkeleton() {
  return (
    <div aria-hidden className="py-2">
      {WIDTHS.map((width) => (
        <div key={width} className="py-2">
          <RowFrame gutter={<Skeleton className="size-10 !rounded-full" />}>
            <Skeleton className="mb-2 h-3.5 w-32" />
            <Skeleton className={`h-3.5 ${width}`} />
          </RowFrame>
        </div>
      ))}
    </div>
  );
}

export function HistoryError({ text }: { text: string }) {
  const { timeline } = usePlace();
  return (
    <div
      role="alert"
      className="m-4 flex flex-wrap items-center gap-3 rounded-lg bg-danger-soft p-3 text-danger-text"
    >
      <p className="grow">
        <Trans>These messages could not be loaded. {text}</Trans>
      </p>
      <Button size="sm" onClick={() => timeline.refresh()}>
        <Trans>Try again</Trans>
      </Button>
    </div>
  );
}

/** The node can't be reached, and this is as far as this device goes. */
export function HistoryCut({ isAll = false }: { isAll?: boolean }) {
  return (
    <p className="px-4 py-6 text-center text-muted text-sm">
      {isAll ? (
        <Trans>This device has nothing of this conversation. It is loaded once Snug can be reached.</Trans>
      ) : (
        <Trans>Earlier messages are loaded once Snug can be reached.</Trans>
      )}
    </p>
  );
}
