import { cx } from './cx';

/** Stands where something will be. The surroundings say (aria-busy) that it loads. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={cx('block animate-pulse rounded-md bg-pressed', className ?? 'h-4 w-full')}
    />
  );
}
