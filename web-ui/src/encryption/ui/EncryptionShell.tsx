import { lazy, Suspense, useEffect } from 'react';
import { useStore as useZustand } from 'zustand';
import { useStore } from '../../state/store';
import { encryption, useEncryption } from '../engine';
import { asksForWords, putAside } from './alarms';

const Notices = lazy(() => import('./Notices').then((module) => ({ default: module.Notices })));
const AlarmScreen = lazy(() => import('./AlarmScreen').then((module) => ({ default: module.AlarmScreen })));

/** What encryption has to say wherever one is: alarms over everything, and a line above the page. */
export function EncryptionShell() {
  useIndex();
  const hasNotice = useEncryption(
    (state) =>
      state.phase === 'locked' ||
      state.reset !== null ||
      state.pairings.length > 0 ||
      state.newDevices.length > 0 ||
      asksForWords(state),
  );
  const alarms = useEncryption((state) => state.alarms);
  const aside = useZustand(putAside, ({ ids }) => ids);
  const shown = alarms.filter(({ id }) => !aside.has(id));
  const [alarm] = shown;
  return (
    <Suspense>
      {hasNotice && <Notices />}
      {alarm && <AlarmScreen key={alarm.id} alarm={alarm} more={shown.length - 1} />}
    </Suspense>
  );
}

/** What the engine opens goes into the index on this device. */
function useIndex(): void {
  const isReady = useEncryption(({ phase }) => phase === 'ready');
  const me = useStore((state) => state.me?.user.id);
  useEffect(() => {
    if (!isReady || !me) return;
    let isCurrent = true;
    void import('../index/device-index').then(({ deviceIndex }) => {
      // biome-ignore lint/correctness/useHookAtTopLevel: not a hook
      if (isCurrent) encryption.useIndex(deviceIndex(me));
    });
    return () => {
      isCurrent = false;
    };
  }, [isReady, me]);
}
