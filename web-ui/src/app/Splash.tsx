import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Spinner } from '../ui/Spinner';

const PATIENCE_MS = 400;
const LONG_MS = 6_000;

/** Before anything can be shown. Says nothing at first: most of the time it is gone at once. */
export function Splash() {
  const { t } = useLingui();
  const [waited, setWaited] = useState<'briefly' | 'some' | 'long'>('briefly');
  useEffect(() => {
    const some = setTimeout(() => setWaited('some'), PATIENCE_MS);
    const long = setTimeout(() => setWaited('long'), LONG_MS);
    return () => {
      clearTimeout(some);
      clearTimeout(long);
    };
  }, []);
  if (waited === 'briefly') return null;
  return (
    <main className="grid min-h-dvh place-items-center" aria-busy="true">
      <div role="status" className="flex flex-col items-center gap-4 text-muted">
        <Spinner />
        <p>{waited === 'long' ? t`Snug can't be reached. Trying again…` : t`Loading…`}</p>
      </div>
    </main>
  );
}
