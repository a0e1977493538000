// Which alarms the user has put aside. They stay in force: nothing is sent where they concern. And when words are asked for.
import { createStore } from 'zustand/vanilla';
import { encryptionStore } from '../engine';
import type { EncryptionState } from '../model';

export const putAside = createStore<{ ids: ReadonlySet<string> }>(() => ({ ids: new Set() }));

/** Shows them again. */
export const showAlarms = (): void => putAside.setState({ ids: new Set() });

/** The conversation goes on being shown; sending stays stopped. */
export const putAlarmsAside = (): void =>
  putAside.setState({ ids: new Set(encryptionStore.getState().alarms.map(({ id }) => id)) });

/** Recovery words are worth a line above the page as soon as there is something to lose. */
export const asksForWords = ({ needsWords, conversations }: EncryptionState): boolean =>
  needsWords && Object.keys(conversations).length > 0;
