// What was chosen on this device: these choices are not the account's.
const PREFIX = 'snug.notify.';

export type DeviceChoice = 'desktop' | 'sound' | 'push' | 'hinted';

/** A choice that nobody made is what it is by itself: a sound, and nothing that asks for permission. */
const DEFAULTS: Record<DeviceChoice, boolean> = { desktop: false, sound: true, push: false, hinted: false };

export const device = {
  get(choice: DeviceChoice): boolean {
    try {
      const stored = localStorage.getItem(PREFIX + choice);
      return stored === null ? DEFAULTS[choice] : stored === '1';
    } catch {
      return DEFAULTS[choice];
    }
  },
  set(choice: DeviceChoice, value: boolean): void {
    try {
      localStorage.setItem(PREFIX + choice, value ? '1' : '0');
    } catch {
      // It holds as long as the page.
    }
  },
};

export type Permission = 'granted' | 'denied' | 'default' | 'impossible';

/** Whether the browser lets this page show notifications. */
export const permission = (): Permission =>
  typeof Notification === 'undefined' ? 'impossible' : Notification.permission;

/** Asks the person, which only ever happens because they pressed something. */
export async function askPermission(): Promise<Permission> {
  if (permission() !== 'default') return permission();
  return Notification.requestPermission();
}
