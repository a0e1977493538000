// Whether it is quiet now: the same as the node decides for push messages (src/notifications/rules.rs).
import type { QuietHours } from '../api/types';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** In a zone that this browser does not know it never is. */
export function isQuiet(quiet: QuietHours | null, now: number): boolean {
  const there = quiet && clockIn(quiet.zone, now);
  if (!quiet || !there) return false;
  const { day, minute } = there;
  const begins = (on: number) => quiet.days.includes(on);
  if (quiet.from < quiet.to) return begins(day) && minute >= quiet.from && minute < quiet.to;
  const yesterday = day === 1 ? 7 : day - 1;
  return (begins(day) && minute >= quiet.from) || (begins(yesterday) && minute < quiet.to);
}

function clockIn(timeZone: string, now: number): { day: number; minute: number } | null {
  try {
    const parts = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).formatToParts(now);
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
    return {
      day: DAYS.indexOf(part('weekday')) + 1,
      minute: Number(part('hour')) * 60 + Number(part('minute')),
    };
  } catch {
    return null;
  }
}

/** The time zone of this device. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
