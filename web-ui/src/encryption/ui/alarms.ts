// Which alarms the user has put aside. They stay in force: nothing is sent where they concern.
import { createStore } from 'zustand/vanilla';
import { encryptionStore } from '../engine';

export const putAside = createStore<{ ids: ReadonlySet<string> }>(() => ({ ids: new Set() }));

/** Shows them again. */
export const showAlarms = (): void => putAside.setState({ ids: new Set() });

/** The conversation goes on being shown; sending stays stopped. */
export const putAlarmsAside = (): void =>
  putAside.setState({ ids: new Set(encryptionStore.getState().alarms.map(({ id }) => id)) });
