// Notifications and branding run beside the chat and are loaded after it: nothing that is shown first waits for them.
import { navigate } from 'wouter/use-browser-location';
import { placeOfPath } from '../here';

export function runNotifications(): () => void {
  const ends: (() => void)[] = [];
  let isOver = false;
  const here = () => placeOfPath(location.pathname)?.conversationId ?? null;
  void import('../../notifications/runtime').then(({ run }) => {
    if (!isOver) ends.push(run({ here, go: navigate }));
  });
  void import('../../branding/follow').then(({ followBranding }) => {
    if (!isOver) ends.push(followBranding());
  });
  return () => {
    isOver = true;
    for (const end of ends) end();
  };
}
