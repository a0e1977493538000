import { uuidv7 } from '../../src/lib/uuid';
import type { Person } from './person';

export interface Written {
  id: string;
  seq: number;
}

/** Sends over REST. */
export function write(
  author: Person,
  conversation_id: string,
  text: string,
  replyTo?: Written,
): Promise<Written> {
  return author.api<Written>('POST', '/messages', {
    id: uuidv7(),
    conversation_id,
    content: { type: 'text', text },
    ...(replyTo && { reply_to: replyTo.id }),
  });
}

/** Sends many short messages, "line 1" to "line <count>", in order. */
export async function writeLines(author: Person, conversationId: string, count: number): Promise<void> {
  for (let line = 1; line <= count; line += 1) await write(author, conversationId, `line ${line}`);
}
