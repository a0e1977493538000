// Notifications run beside the chat and are loaded after it: nothing that is shown first waits for them.
import { navigate } from 'wouter/use-browser-location';
import { placeOfPath } from '../here';

export function runNotifications(): () => void {
  let end: (() => void) | undefined;
  let isOver = false;
  const here = () => placeOfPath(location.pathname)?.conversationId ?? null;
  void import('../../notifications/runtime').then(({ run }) => {
    if (!isOver) end = run({ here, go: navigate });
  });
  return () => {
    isOver = true;
    end?.();
  };
}
