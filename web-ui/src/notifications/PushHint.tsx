import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { errorText } from '../api/errors';
import { Button } from '../ui/Button';
import { toasts } from '../ui/toasts';
import { device } from './device';
import { pushState, switchPushOn } from './push';

/** Says once that this device can tell of messages while Snug is closed. Nothing asks for permission before it is pressed. */
export function PushHint() {
  const { t } = useLingui();
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (device.get('hinted')) return;
    pushState().then(
      (state) => setShown(state === 'wanted'),
      () => undefined,
    );
  }, []);
  if (!isShown) return null;
  const done = () => {
    device.set('hinted', true);
    setShown(false);
  };
  return (
    <div className="m-2 flex flex-col gap-2 rounded-lg bg-inset px-3 py-2.5">
      <p className="text-sm">{t`Be told on this device of what concerns you, also while Snug is closed?`}</p>
      <div className="flex gap-2">
        <Button
          size="sm"
          variant="primary"
          onClick={() => void switchPushOn().then(done, (failure) => toasts.error(errorText(failure)))}
        >{t`Turn on`}</Button>
        <Button size="sm" variant="ghost" onClick={done}>{t`No, thanks`}</Button>
      </div>
    </div>
  );
}
