// What the service worker says. It has no catalogue of texts: these few are here until there is a second language.
export const texts = {
  newMessage: 'New message',
  group: 'Group',
  works: 'Push messages reach this device.',
  waiting: (count: number) => `${count} messages wait`,
} as const;
