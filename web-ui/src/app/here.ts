import type { Id } from '../api/types';

/** The conversation that an address shows. */
export function placeOfPath(path: string): { serverId: Id | null; conversationId: Id } | null {
  const [, first, second, third] = path.split('/');
  if (first === 'c' && second) return { serverId: null, conversationId: second };
  if (first === 's' && second && third && third !== 'settings') {
    return { serverId: second, conversationId: third };
  }
  return null;
}
