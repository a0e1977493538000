// One composer per conversation, wired to state, outbox and node.
import type { Id } from '../api/types';
import { drafts } from '../state/drafts';
import { remember } from '../state/load';
import { store } from '../state/store';
import { outbox, socket } from '../state/sync';
import { toasts } from '../ui/toasts';
import { editMessage, searchMembers } from './api';
import { candidatesFor, mentionables, writtenMention } from './completions';
import { Composer } from './composer';
import { loadEmoji } from './emoji';
import { timelineOf } from './timelines';

const LOOK_UP_MS = 200;
const EDIT_LIMIT = 5_000;

const composers = new Map<Id, Composer>();
let lookUp: ReturnType<typeof setTimeout> | undefined;

export function composerOf(conversationId: Id): Composer {
  const known = composers.get(conversationId);
  if (known) return known;
  const me = store.getState().me?.user.id ?? '';
  const draft = drafts.load(me, conversationId);
  const timeline = timelineOf(conversationId);
  const replyTo = timeline.getSnapshot().messages.find(({ id }) => id === draft?.replyTo) ?? null;
  const composer = new Composer(
    {
      candidates: (trigger) => candidatesFor(store.getState(), conversationId, trigger),
      lookUp(trigger, found) {
        clearTimeout(lookUp);
        if (trigger.kind === 'emoji') loadEmoji().then(found);
        const serverId = store.getState().rooms[conversationId]?.server_id;
        if (trigger.kind !== 'mention' || serverId === undefined) return;
        lookUp = setTimeout(async () => {
          const members = await searchMembers(serverId, trigger.query).catch(() => []);
          remember.members(serverId, members);
          found();
        }, LOOK_UP_MS);
      },
      mentionables: () => mentionables(store.getState(), conversationId),
      written: (piece) => writtenMention(store.getState(), piece),
      limit: () => store.getState().instance?.limits.message_length ?? EDIT_LIMIT,
      send(content, reply) {
        outbox.send(conversationId, content, reply);
        void timelineOf(conversationId).jumpToPresent();
      },
      async edit(message, content) {
        timelineOf(conversationId).replace(await editMessage(message.id, content));
      },
      lastOwn() {
        const { messages } = timelineOf(conversationId).getSnapshot();
        return (
          messages.findLast(({ author_id, deleted_at }) => author_id === me && deleted_at === null) ?? null
        );
      },
      typing: (isTyping) =>
        socket.tell(isTyping ? 'typing.start' : 'typing.stop', { conversation_id: conversationId }),
      keep: (kept) => drafts.save(me, conversationId, kept),
      failed: toasts.error,
    },
    draft,
    replyTo,
  );
  composers.set(conversationId, composer);
  return composer;
}

/** Whether a message that was sent is being changed: that is not kept like a draft. */
export function isEditing(): boolean {
  return [...composers.values()].some((composer) => composer.getSnapshot().editing !== null);
}

/** Signed out. */
export function forgetComposers(): void {
  composers.clear();
}
