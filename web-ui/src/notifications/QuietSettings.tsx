import { useLingui } from '@lingui/react/macro';
import type { QuietHours } from '../api/types';
import { Button } from '../ui/Button';
import { cx } from '../ui/cx';
import { Section } from '../ui/Section';
import { Switch } from '../ui/Switch';
import { TextField } from '../ui/TextField';
import { ownZone } from './quiet';

const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7];
const NIGHT = { from: 22 * 60, to: 7 * 60 };

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
const minutesOf = (text: string): number | null => {
  const [hours = Number.NaN, minutes = Number.NaN] = text.split(':').map(Number);
  const sum = hours * 60 + minutes;
  return Number.isInteger(sum) ? sum : null;
};
/** The name of a day: 1 is Monday, as 2024-01-01 was one. */
const dayName = (day: number, weekday: 'short' | 'long') =>
  new Intl.DateTimeFormat(undefined, { weekday, timeZone: 'UTC' }).format(Date.UTC(2024, 0, day));

interface QuietSettingsProps {
  quiet: QuietHours | null;
  change: (quiet: QuietHours | null) => Promise<void>;
}

/** Hours without sound and push messages. */
export function QuietSettings({ quiet, change }: QuietSettingsProps) {
  const { t } = useLingui();
  const zone = ownZone();
  const set = (part: Partial<QuietHours>) => quiet && void change({ ...quiet, ...part });
  return (
    <Section
      title={t`Quiet hours`}
      description={t`No sound, nothing on the screen, no push messages. What concerns you still waits under Activity.`}
    >
      <Switch
        label={t`Keep quiet at night or at work`}
        checked={quiet !== null}
        onChange={(isOn) => void change(isOn ? { ...NIGHT, zone, days: ALL_DAYS } : null)}
      />
      {quiet && (
        <>
          <div className="grid max-w-sm grid-cols-2 gap-3">
            <TimeField label={t`From`} minutes={quiet.from} set={(from) => set({ from })} />
            <TimeField label={t`Until`} minutes={quiet.to} set={(to) => set({ to })} />
          </div>
          <fieldset>
            <legend className="mb-2 font-medium text-sm">{t`Beginning on`}</legend>
            <div className="flex flex-wrap gap-1.5">
              {ALL_DAYS.map((day) => (
                <Day
                  key={day}
                  day={day}
                  isChosen={quiet.days.includes(day)}
                  isLast={quiet.days.length === 1}
                  toggle={(isChosen) =>
                    set({ days: isChosen ? [...quiet.days, day] : quiet.days.filter((one) => one !== day) })
                  }
                />
              ))}
            </div>
          </fieldset>
          <p className="flex flex-wrap items-center gap-3 text-muted text-sm">
            {t`By the clock of ${quiet.zone}.`}
            {quiet.zone !== zone && (
              <Button size="sm" onClick={() => set({ zone })}>{t`Use ${zone}, where this device is`}</Button>
            )}
          </p>
        </>
      )}
    </Section>
  );
}

interface TimeFieldProps {
  label: string;
  minutes: number;
  set: (minutes: number) => void;
}

function TimeField({ label, minutes, set }: TimeFieldProps) {
  return (
    <TextField
      key={minutes}
      type="time"
      label={label}
      defaultValue={clock(minutes)}
      onBlur={(event) => {
        const chosen = minutesOf(event.target.value);
        if (chosen !== null && chosen !== minutes) set(chosen);
      }}
    />
  );
}

interface DayProps {
  day: number;
  isChosen: boolean;
  /** One day has to stay. */
  isLast: boolean;
  toggle: (isChosen: boolean) => void;
}

function Day({ day, isChosen, isLast, toggle }: DayProps) {
  return (
    <label
      className={cx(
        'relative flex min-h-9 cursor-pointer items-center rounded-md border px-3 text-sm has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2 pointer-coarse:min-h-11',
        isChosen ? 'border-accent bg-accent-soft text-accent-text' : 'border-edge text-muted hover:bg-hover',
      )}
    >
      <input
        type="checkbox"
        className="sr-only"
        aria-label={dayName(day, 'long')}
        checked={isChosen}
        disabled={isChosen && isLast}
        onChange={(event) => toggle(event.target.checked)}
      />
      {dayName(day, 'short')}
    </label>
  );
}
