import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { timelineOf } from '../../messages/timelines';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/TextField';
import { placeOfPath } from '../here';

/** Goes to the first message of a day in the conversation that is open. */
export function JumpToDate({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const today = new Date().toLocaleDateString('sv-SE');
  const [date, setDate] = useState(today);
  const jump = () => {
    const place = placeOfPath(location.pathname);
    const [year = 1970, month = 1, day = 1] = date.split('-').map(Number);
    if (place && date)
      void timelineOf(place.conversationId).jumpToDate(new Date(year, month - 1, day).getTime());
    onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Jump to date`} size="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          jump();
        }}
      >
        <TextField
          label={t`Date`}
          type="date"
          value={date}
          max={today}
          required
          onChange={(event) => setDate(event.target.value)}
        />
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button type="submit" variant="primary">{t`Jump`}</Button>
        </div>
      </form>
    </Dialog>
  );
}
