import { Trans, useLingui } from '@lingui/react/macro';
import { useSyncExternalStore } from 'react';
import { Button } from '../ui/Button';
import { version } from './version';

/** One calm line while a new version of the app waits. `mayLeave` says no where something would be lost. */
export function NewVersion({ mayLeave }: { mayLeave?: () => boolean }) {
  const { t } = useLingui();
  const state = useSyncExternalStore(version.subscribe, version.getSnapshot);
  const take = () => {
    if (mayLeave?.() ?? true) version.take();
  };
  return (
    <div role="status" className="shrink-0">
      {state !== 'current' && (
        <div className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1.5 bg-accent-soft px-4 py-1.5 text-accent-text text-sm">
          <p className="min-w-0">
            <Trans>There is a new version of Snug.</Trans>
          </p>
          <Button size="sm" onClick={take}>{t`Reload for the new version`}</Button>
        </div>
      )}
    </div>
  );
}
