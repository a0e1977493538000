// Every address of the web UI.
import type { Id } from '../api/types';

export const paths = {
  home: '/',
  signIn: '/sign-in',
  register: '/register',
  setup: (token: string) => `/setup/${token}`,
  reset: (token: string) => `/reset/${token}`,
  invite: (code: string) => `/invite/${code}`,
  server: (server: Id) => `/s/${server}`,
  room: (server: Id, room: Id) => `/s/${server}/${room}`,
  roomMessage: (server: Id, room: Id, seq: number) => `/s/${server}/${room}/${seq}`,
  serverSettings: (server: Id, section = 'overview') => `/s/${server}/settings/${section}`,
  contact: (code: string) => `/c/${code}`,
  privacy: '/privacy',
  rules: '/rules',
  conversations: '/c',
  conversation: (conversation: Id) => `/c/${conversation}`,
  conversationMessage: (conversation: Id, seq: number) => `/c/${conversation}/${seq}`,
  settings: (section = 'profile') => `/settings/${section}`,
  admin: (section = 'users') => `/admin/${section}`,
} as const;

/** The same addresses as patterns for the router. */
export const routes = {
  signIn: '/sign-in',
  register: '/register',
  setup: '/setup/:token',
  reset: '/reset/:token',
  invite: '/invite/:code',
  server: '/s/:server',
  room: '/s/:server/:room/:seq?',
  serverSettings: '/s/:server/settings/:section',
  /** Sixteen letters in groups of four, which no id of a conversation is. */
  contact: /^\/c\/(?<code>[0-9A-Za-z]{4}(?:-?[0-9A-Za-z]{4}){3})\/?$/,
  privacy: '/privacy',
  rules: '/rules',
  conversations: '/c',
  conversation: '/c/:conversation/:seq?',
  settings: '/settings/:section?',
  admin: '/admin/:section?',
  /** What another app shared stands behind the `#` (src/service-worker/routes.ts). */
  share: '/share',
} as const;
