// Times as people read them, in the browser's language and zone.
import { hourCycle } from './clock';

let clock: Intl.DateTimeFormat;
let exact: Intl.DateTimeFormat;
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const shortDateAndYear = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

const DAY_MS = 86_400_000;

/** Takes over the choice between 12 and 24 hours. */
export function renewClock(): void {
  clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', ...hourCycle() });
  exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short', ...hourCycle() });
}
renewClock();

/** 14:05 without the half of the day, for narrow places beside a full time. */
export const bareTime = (ms: number): string =>
  clock
    .formatToParts(ms)
    .filter(({ type }) => type === 'hour' || type === 'minute')
    .map(({ value }) => value)
    .join(':');

/** 14:05 */
export const clockTime = (ms: number): string => clock.format(ms);

/** Saturday 21 November 2026 at 14:05 */
export const exactTime = (ms: number): string => exact.format(ms);

/** Today, yesterday, Friday 20 November, or 3 May 2024. */
export function dayName(ms: number, now = Date.now()): string {
  const days = daysBetween(ms, now);
  if (days < 2) return capital(relative.format(-days, 'day'));
  return new Date(ms).getFullYear() === new Date(now).getFullYear() ? day.format(ms) : dayAndYear.format(ms);
}

/** For lists: 14:05, Fri, 3 May. */
export function shortTime(ms: number, now = Date.now()): string {
  const days = daysBetween(ms, now);
  if (days < 1) return clock.format(ms);
  return days < 7 ? weekday.format(ms) : shortDate.format(ms);
}

/** For what may be from any day: 14:05, 3 May 14:05, 3 May 2024. */
export function stampTime(ms: number, now = Date.now()): string {
  if (daysBetween(ms, now) < 1) return clock.format(ms);
  const isThisYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  return isThisYear ? `${shortDate.format(ms)} ${clock.format(ms)}` : shortDateAndYear.format(ms);
}

/** 5 minutes ago, yesterday. */
export function agoTime(ms: number, now = Date.now()): string {
  const minutes = Math.round((now - ms) / 60_000);
  if (minutes < 60) return relative.format(-Math.max(minutes, 0), 'minute');
  if (minutes < 24 * 60) return relative.format(-Math.round(minutes / 60), 'hour');
  return relative.format(-Math.round(minutes / 1_440), 'day');
}

function daysBetween(ms: number, now: number): number {
  const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0);
  return Math.round((midnight(now) - midnight(ms)) / DAY_MS);
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
