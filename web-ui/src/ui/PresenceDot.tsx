import { useLingui } from '@lingui/react/macro';
import { cx } from './cx';

export type PresenceMark = 'online' | 'idle' | 'dnd' | 'offline' | 'invisible';

/** Shape and colour differ, so that it also reads without colours. */
export function PresenceDot({ presence, className }: { presence: PresenceMark; className?: string }) {
  const { t } = useLingui();
  const names = {
    online: t`Online`,
    idle: t`Idle`,
    dnd: t`Do not disturb`,
    offline: t`Offline`,
    invisible: t`Invisible`,
  };
  return (
    <svg
      viewBox="0 0 16 16"
      role="img"
      aria-label={names[presence]}
      className={cx('shrink-0', className ?? 'size-3')}
    >
      <circle cx="8" cy="8" r="8" className="fill-canvas" />
      {presence === 'online' && <circle cx="8" cy="8" r="5.5" className="fill-online" />}
      {presence === 'idle' && (
        <path d="M8.6 2.5A5.5 5.5 0 1 1 2.5 8.6 4.6 4.6 0 0 0 8.6 2.5Z" className="fill-idle" />
      )}
      {presence === 'dnd' && (
        <>
          <circle cx="8" cy="8" r="5.5" className="fill-dnd" />
          <rect x="5" y="7" width="6" height="2" rx="1" className="fill-canvas" />
        </>
      )}
      {(presence === 'offline' || presence === 'invisible') && (
        <circle cx="8" cy="8" r="4.25" fill="none" strokeWidth="2.5" className="stroke-offline" />
      )}
    </svg>
  );
}
