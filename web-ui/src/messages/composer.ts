// The state of writing in one conversation: text, reply, edit, completion. No React.
import { errorText } from '../api/errors';
import type { Content, Message, Reply } from '../api/types';
import { decodeMentions, encodeMentions, type Mentionable, type Piece } from '../lib/mentions';
import type { Draft } from '../state/drafts';
import type { Candidate } from './completions';
import { complete, insertAt, lengthOf, type Trigger, type Typed, toggleMark, triggerAt } from './typed';

export interface Completion {
  trigger: Trigger;
  items: Candidate[];
  index: number;
}

export interface ComposerSnapshot {
  typed: Typed;
  /** Counts the changes of text that did not come from the keyboard: the view then sets the selection. */
  setCount: number;
  replyTo: Message | null;
  editing: Message | null;
  completion: Completion | null;
}

export interface ComposerParts {
  candidates(trigger: Trigger): Candidate[];
  /** Looks for more candidates where not all are loaded; `found` when there are new ones. */
  lookUp(trigger: Trigger, found: () => void): void;
  mentionables(): Mentionable[];
  written(piece: Piece): string | null;
  limit(): number;
  send(content: Content, reply: Reply | null): void;
  edit(message: Message, content: Content): Promise<void>;
  lastOwn(): Message | null;
  typing(isTyping: boolean): void;
  keep(draft: Draft): void;
  failed(text: string): void;
}

const EMPTY: Typed = { text: '', start: 0, end: 0 };
const TYPING_MS = 4_000;

export class Composer {
  #parts: ComposerParts;
  #snapshot: ComposerSnapshot;
  #listeners = new Set<() => void>();
  /** What stood in the composer before an edit began. */
  #aside: Typed = EMPTY;
  #toldTyping = 0;

  constructor(parts: ComposerParts, draft: Draft | null, replyTo: Message | null) {
    this.#parts = parts;
    const text = draft?.text ?? '';
    const typed = { text, start: text.length, end: text.length };
    this.#snapshot = { typed, setCount: 0, replyTo, editing: null, completion: null };
  }

  getSnapshot = (): ComposerSnapshot => this.#snapshot;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The text and selection as the keyboard left them. */
  type(typed: Typed): void {
    const isChanged = typed.text !== this.#snapshot.typed.text;
    this.#set({ typed });
    this.#offer();
    if (!isChanged) return;
    this.#keep();
    this.#tellTyping();
  }

  mark(mark: string): void {
    this.#put(toggleMark(this.#snapshot.typed, mark));
  }

  insert(text: string): void {
    this.#put(insertAt(this.#snapshot.typed, text));
  }

  /** Moves in the completion list. */
  move(by: 1 | -1): void {
    const { completion } = this.#snapshot;
    if (!completion) return;
    const count = completion.items.length;
    this.#set({ completion: { ...completion, index: (completion.index + by + count) % count } });
  }

  choose(index = this.#snapshot.completion?.index ?? 0): void {
    const { completion, typed } = this.#snapshot;
    const item = completion?.items[index];
    if (!completion || !item) return;
    this.#put(complete(typed, completion.trigger, item.written));
    this.#set({ completion: null });
  }

  reply(message: Message): void {
    if (this.#snapshot.editing) this.cancel();
    this.#set({ replyTo: message });
    this.#keep();
    this.#touch();
  }

  edit(message: Message): void {
    if (message.content === null) return;
    if (!this.#snapshot.editing) this.#aside = this.#snapshot.typed;
    const text = decodeMentions(message.content.text, (piece) => this.#parts.written(piece));
    this.#set({ editing: message, replyTo: null, completion: null });
    this.#put({ text, start: text.length, end: text.length });
  }

  editLast(): boolean {
    const last = this.#parts.lastOwn();
    if (last) this.edit(last);
    return last !== null;
  }

  /** Escape: closes the completion, ends the edit, takes the reply away. False when there was nothing of these. */
  cancel(): boolean {
    const { completion, editing, replyTo } = this.#snapshot;
    if (completion) this.#set({ completion: null });
    else if (editing) this.#endEdit();
    else if (replyTo) {
      this.#set({ replyTo: null });
      this.#keep();
    } else return false;
    return true;
  }

  /** How many characters are left, counted as the node counts them. */
  left(): number {
    return this.#parts.limit() - lengthOf(this.#encoded());
  }

  async send(): Promise<void> {
    const text = this.#encoded();
    const { editing, replyTo } = this.#snapshot;
    if (text === '' || this.left() < 0) return;
    if (editing) {
      await this.#sendEdit(editing, text);
      return;
    }
    const reply = replyTo && {
      id: replyTo.id,
      seq: replyTo.seq,
      author_id: replyTo.author_id,
      excerpt: replyTo.content?.text.slice(0, 200) ?? null,
    };
    this.#parts.send({ type: 'text', text }, reply);
    this.#set({ replyTo: null, completion: null });
    this.#put(EMPTY);
    this.#stopTyping();
  }

  /** Leaving the conversation. */
  leave(): void {
    if (this.#snapshot.editing) this.#endEdit();
    this.#set({ completion: null });
    this.#stopTyping();
  }

  async #sendEdit(editing: Message, text: string): Promise<void> {
    const { typed } = this.#snapshot;
    this.#endEdit();
    if (text === editing.content?.text) return;
    try {
      await this.#parts.edit(editing, { type: 'text', text });
    } catch (error) {
      this.#parts.failed(errorText(error));
      this.edit(editing);
      this.#put(typed);
    }
  }

  #encoded(): string {
    return encodeMentions(this.#snapshot.typed.text.trim(), this.#parts.mentionables());
  }

  #endEdit(): void {
    this.#set({ editing: null, completion: null });
    this.#put(this.#aside);
    this.#aside = EMPTY;
  }

  #put(typed: Typed): void {
    this.#set({ typed, setCount: this.#snapshot.setCount + 1 });
    this.#keep();
  }

  #touch(): void {
    this.#set({ setCount: this.#snapshot.setCount + 1 });
  }

  #offer(): void {
    const trigger = triggerAt(this.#snapshot.typed);
    if (!trigger) {
      if (this.#snapshot.completion) this.#set({ completion: null });
      return;
    }
    this.#show(trigger);
    this.#parts.lookUp(trigger, () => {
      const now = triggerAt(this.#snapshot.typed);
      if (now && now.query === trigger.query && now.from === trigger.from) this.#show(now);
    });
  }

  #show(trigger: Trigger): void {
    const items = this.#parts.candidates(trigger);
    const before = this.#snapshot.completion;
    const index = before?.trigger.query === trigger.query ? Math.min(before.index, items.length - 1) : 0;
    this.#set({ completion: items.length === 0 ? null : { trigger, items, index: Math.max(index, 0) } });
  }

  #tellTyping(): void {
    if (this.#snapshot.editing) return;
    if (this.#snapshot.typed.text === '') this.#stopTyping();
    else if (Date.now() - this.#toldTyping >= TYPING_MS) {
      this.#toldTyping = Date.now();
      this.#parts.typing(true);
    }
  }

  #stopTyping(): void {
    if (this.#toldTyping === 0) return;
    // After a message was sent everybody knows; the node and the others end it by themselves.
    if (Date.now() - this.#toldTyping < TYPING_MS * 2) this.#parts.typing(false);
    this.#toldTyping = 0;
  }

  #keep(): void {
    const { editing, typed, replyTo } = this.#snapshot;
    if (!editing) this.#parts.keep({ text: typed.text, replyTo: replyTo?.id ?? null });
  }

  #set(change: Partial<ComposerSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}
