import { useLingui } from '@lingui/react/macro';
import { errorText } from '../../api/errors';
import type { MailChoice, MailState } from '../../api/types';
import { Button } from '../../ui/Button';
import { Choice } from '../../ui/Choice';
import { Select } from '../../ui/Select';
import { Switch } from '../../ui/Switch';
import { toasts } from '../../ui/toasts';
import { ownZone } from '../quiet';
import { putMail } from './api';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const clock = (hour: number) =>
  new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' }).format(
    Date.UTC(2024, 0, 1, hour),
  );

interface MailRhythmProps {
  state: MailState;
  set: (state: MailState) => void;
}

/** How often letters come, at which hour, and whether they say what was written. */
export function MailRhythm({ state, set }: MailRhythmProps) {
  const { t } = useLingui();
  const { choice } = state;
  const zone = ownZone();
  async function change(part: Partial<MailChoice>) {
    const next = { ...choice, ...part };
    // Shown at once; what the node makes of it is shown then.
    set({ ...state, choice: next });
    try {
      set(await putMail(next));
    } catch (failure) {
      set(state);
      toasts.error(errorText(failure));
    }
  }
  const hasHour = choice.rhythm === 'daily' || choice.rhythm === 'weekly';
  return (
    <>
      <Choice<MailChoice['rhythm']>
        label={t`How often`}
        value={choice.rhythm}
        onChange={(rhythm) => void change({ rhythm })}
        options={[
          { value: 'off', label: t`Never` },
          { value: 'hourly', label: t`Hourly` },
          { value: 'daily', label: t`Daily` },
          { value: 'weekly', label: t`On Mondays` },
        ]}
      />
      {hasHour && (
        <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
          <Select
            label={t`At`}
            className="w-36"
            value={String(choice.hour)}
            onChange={(hour) => void change({ hour: Number(hour) })}
            options={HOURS.map((hour) => ({ value: String(hour), label: clock(hour) }))}
          />
          <p className="flex min-h-10 flex-wrap items-center gap-3 text-muted text-sm">
            {t`By the clock of ${choice.zone}.`}
            {choice.zone !== zone && (
              <Button
                size="sm"
                onClick={() => void change({ zone })}
              >{t`Use ${zone}, where this device is`}</Button>
            )}
          </p>
        </div>
      )}
      {choice.rhythm !== 'off' && (
        <Switch
          label={t`Say what was written`}
          hint={t`Letters are not encrypted on their way. Otherwise they say only who wrote, where and how much.`}
          checked={choice.show_content}
          onChange={(show_content) => void change({ show_content })}
        />
      )}
    </>
  );
}
