import { errorText } from '../api/errors';
import type { PresenceChoice } from '../api/types';
import { store } from '../state/store';
import { toasts } from '../ui/toasts';
import { updateMe } from './api';

/** Sets how others see this person. Shown at once, taken back when the node refuses. */
export async function choosePresence(presence: PresenceChoice): Promise<void> {
  const before = store.getState().me;
  if (!before || before.presence === presence) return;
  store.setState({ me: { ...before, presence } });
  try {
    await updateMe({ presence });
  } catch (error) {
    store.setState({ me: before });
    toasts.error(errorText(error));
  }
}
