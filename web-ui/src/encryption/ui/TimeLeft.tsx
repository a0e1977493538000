import { t } from '@lingui/core/macro';
import { Timer } from 'lucide-react';
import { useEffect, useState } from 'react';
import { exactTime } from '../../lib/time';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A small clock on a message that goes away by itself. */
export function TimeLeft({ expiresAt }: { expiresAt: number }) {
  const [now, setNow] = useState(Date.now);
  const left = Math.max(0, expiresAt - now);
  useEffect(() => {
    if (left === 0) return;
    const timer = setTimeout(
      () => setNow(Date.now()),
      left > 2 * HOUR ? HOUR : left > 2 * MINUTE ? MINUTE : 1_000,
    );
    return () => clearTimeout(timer);
  }, [left]);
  const short = shortSpan(left);
  return (
    <span
      role="img"
      aria-label={t`Disappears in ${short}`}
      title={t`Disappears ${exactTime(expiresAt)}`}
      className="mb-0.5 inline-flex shrink-0 items-center gap-0.5 text-faint text-xs tabular-nums"
    >
      <Timer size={13} aria-hidden />
      <span aria-hidden>{short}</span>
    </span>
  );
}

/** 5 d, 3 h, 12 min, 40 s. */
function shortSpan(ms: number): string {
  if (ms >= 2 * DAY) return t`${Math.round(ms / DAY)} d`;
  if (ms >= 2 * HOUR) return t`${Math.round(ms / HOUR)} h`;
  if (ms >= 2 * MINUTE) return t`${Math.round(ms / MINUTE)} min`;
  return t`${Math.ceil(ms / 1_000)} s`;
}
