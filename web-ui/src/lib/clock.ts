// Whether times show 12 or 24 hours: as the language has it, or as chosen on this device.

export type Clock = 'system' | '12' | '24';

const KEY = 'snug.clock';

export function storedClock(): Clock {
  const value = localStorage.getItem(KEY);
  return value === '12' || value === '24' ? value : 'system';
}

export function storeClock(clock: Clock): void {
  if (clock === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, clock);
}

/** What `Intl.DateTimeFormat` takes for it. */
export function hourCycle(clock: Clock = storedClock()): { hourCycle?: 'h12' | 'h23' } {
  return clock === 'system' ? {} : { hourCycle: clock === '12' ? 'h12' : 'h23' };
}
