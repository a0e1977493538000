import { cx } from '../ui/cx';

/** How much of something is used, from 0 to 1. The numbers stand beside it: it is not read aloud. */
export function Bar({ share, className }: { share: number; className?: string }) {
  return (
    <div aria-hidden className={cx('h-1.5 overflow-hidden rounded-full bg-pressed', className)}>
      <div
        className={cx('h-full rounded-full', share > 0.9 ? 'bg-danger' : 'bg-accent')}
        style={{ width: `${share > 0 ? Math.max(1, share * 100) : 0}%` }}
      />
    </div>
  );
}
