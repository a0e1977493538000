import { describe, expect, it, vi } from 'vitest';
import type { Message, MessagePage, ReadState } from '../api/types';
import { aMessage, aPage, aReadState, ME, ROOM } from '../testing/entities';
import type { Where } from './api';
import { WINDOW } from './history-window';
import { Timeline } from './timeline';

const PIN = aMessage(2, { pinned_at: 9 });

/** A node with `count` messages, one of them pinned, answering as the real one does. */
function aNode(count: number) {
  const asked: Where[] = [];
  const viewed: (number | null)[] = [];
  const load = (_: string, where: Where): Promise<MessagePage> => {
    asked.push(where);
    const range = (from: number, to: number) =>
      aPage(Math.max(from, 1), Math.min(to, count), {
        has_before: from > 1,
        has_after: to < count,
        n: count,
      });
    if ('before' in where) return Promise.resolve(range(where.before - 50, where.before - 1));
    if ('after' in where) return Promise.resolve(range(where.after + 1, where.after + 50));
    if ('around' in where) return Promise.resolve(range(where.around - 25, where.around + 24));
    if ('at' in where) return Promise.resolve(range(where.at / 1_000 - 25, where.at / 1_000 + 24));
    return Promise.resolve(range(count - 49, count));
  };
  const view = async (id: string, around: number | null) => {
    viewed.push(around);
    return { history: await load(id, around === null ? {} : { around }), pins: [PIN] };
  };
  return { asked, viewed, load, view };
}

function aTimeline(count: number, readState: Partial<ReadState> = {}) {
  const node = aNode(count);
  const state = aReadState(ROOM, { last_seq: count, read_seq: count, ...readState });
  const timeline = new Timeline(ROOM, {
    load: node.load,
    view: node.view,
    readState: () => state,
    me: () => ME,
    remember: () => undefined,
    isCut: () => false,
  });
  return { timeline, node, state };
}

const span = (timeline: Timeline) => {
  const { messages } = timeline.getSnapshot();
  return [messages[0]?.seq, messages.at(-1)?.seq];
};
const pinned = (timeline: Timeline) => timeline.getSnapshot().pins?.map(({ seq }) => seq);
const ready = (timeline: Timeline) => vi.waitFor(() => expect(timeline.getSnapshot().status).toBe('ready'));

describe('opening', () => {
  it('shows the newest messages when everything is read', async () => {
    const { timeline } = aTimeline(120);
    timeline.open();
    await ready(timeline);
    expect(span(timeline)).toEqual([71, 120]);
    expect(timeline.getSnapshot()).toMatchObject({ hasBefore: true, hasAfter: false, lineAfter: null });
    expect(timeline.getSnapshot().target?.kind).toBe('end');
  });

  it('goes to the first unread message, far back if need be', async () => {
    const { timeline } = aTimeline(500, { read_seq: 200 });
    timeline.open();
    await ready(timeline);
    expect(span(timeline)).toEqual([175, 224]);
    expect(timeline.getSnapshot().lineAfter).toBe(200);
    expect(timeline.getSnapshot().target).toMatchObject({ kind: 'line', seq: 200 });
  });

  it('opened again it does not load again, and the line is gone', async () => {
    const { timeline, node, state } = aTimeline(60, { read_seq: 50 });
    timeline.open();
    await ready(timeline);
    state.read_seq = 60;
    timeline.open();
    expect(node.asked).toHaveLength(1);
    expect(timeline.getSnapshot().lineAfter).toBeNull();
  });

  it('a failure is told and can be tried again', async () => {
    let isDown = true;
    const { load, view } = aNode(10);
    const timeline = new Timeline(ROOM, {
      load,
      view: (id, around) => (isDown ? Promise.reject(new Error('Down.')) : view(id, around)),
      readState: () => undefined,
      me: () => ME,
      remember: () => undefined,
      isCut: () => false,
    });
    timeline.open();
    await vi.waitFor(() =>
      expect(timeline.getSnapshot()).toMatchObject({ status: 'failed', error: 'Down.' }),
    );
    isDown = false;
    timeline.refresh();
    await ready(timeline);
    expect(timeline.getSnapshot().error).toBeNull();
  });
});

describe('window', () => {
  it('grows both ways and never holds more than its size', async () => {
    const { timeline } = aTimeline(1_000);
    timeline.open();
    await ready(timeline);
    for (let page = 0; page < 10; page++) await timeline.loadBefore();
    const { messages, hasAfter } = timeline.getSnapshot();
    expect(messages).toHaveLength(WINDOW);
    expect(hasAfter).toBe(true);
    expect(span(timeline)).toEqual([451, 750]);
    for (let page = 0; page < 10; page++) await timeline.loadAfter();
    expect(span(timeline)).toEqual([701, 1_000]);
    expect(timeline.getSnapshot()).toMatchObject({ hasBefore: true, hasAfter: false });
  });

  it('has no holes and nothing twice', async () => {
    const { timeline } = aTimeline(230);
    timeline.open();
    await ready(timeline);
    for (let page = 0; page < 6; page++) await timeline.loadBefore();
    const seqs = timeline.getSnapshot().messages.map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 230 }, (_, index) => index + 1));
  });

  it('jumps to a message and back to the present', async () => {
    const { timeline, node } = aTimeline(800);
    timeline.open();
    await ready(timeline);
    await timeline.jumpTo(100);
    expect(timeline.getSnapshot().target).toMatchObject({ kind: 'message', seq: 100 });
    expect(timeline.getSnapshot().hasAfter).toBe(true);
    const asked = node.asked.length;
    await timeline.jumpTo(101);
    expect(node.asked).toHaveLength(asked);
    await timeline.jumpToPresent();
    expect(span(timeline)).toEqual([751, 800]);
  });

  it('jumps to the first message of a date', async () => {
    const { timeline } = aTimeline(800);
    await timeline.jumpToDate(300_000);
    expect(timeline.getSnapshot().target).toMatchObject({ kind: 'message', seq: 300 });
  });
});

describe('events', () => {
  const created = (seq: number, change = {}) =>
    ({ s: ROOM, n: seq, ev: 'message.created', d: aMessage(seq, change) }) as const;

  it('appends new messages, changes and deletes known ones', async () => {
    const { timeline } = aTimeline(10);
    timeline.open();
    await ready(timeline);
    timeline.receive(created(11));
    timeline.receive({
      s: ROOM,
      n: 12,
      ev: 'message.deleted',
      d: aMessage(5, { deleted_at: 1, content: null }),
    });
    timeline.receive({
      s: ROOM,
      n: 13,
      ev: 'reaction.added',
      d: {
        message_id: 'message-6',
        conversation_id: ROOM,
        seq: 6,
        emoji: '👍',
        user_id: ME,
        reactions: [{ emoji: '👍', count: 1, user_ids: [ME] }],
      },
    });
    const { messages } = timeline.getSnapshot();
    expect(span(timeline)).toEqual([1, 11]);
    expect(messages[4]?.deleted_at).toBe(1);
    expect(messages[5]?.reactions).toHaveLength(1);
  });

  it('a deleted message disappears from the replies that quote it', async () => {
    const { timeline } = aTimeline(3);
    timeline.open();
    await ready(timeline);
    const reply = { id: 'message-2', seq: 2, author_id: ME, excerpt: 'secret' };
    timeline.receive(created(4, { reply }));
    timeline.receive({
      s: ROOM,
      n: 5,
      ev: 'message.deleted',
      d: aMessage(2, { deleted_at: 1, content: null }),
    });
    expect(timeline.getSnapshot().messages.at(-1)?.reply?.excerpt).toBeNull();
  });

  it('does not append while an older part is shown', async () => {
    const { timeline } = aTimeline(500, { read_seq: 100 });
    timeline.open();
    await ready(timeline);
    timeline.receive(created(501));
    expect(span(timeline)).toEqual([75, 124]);
  });

  it('applies what came in while the page was under way', async () => {
    let answer: (view: { history: MessagePage; pins: Message[] }) => void = () => undefined;
    const timeline = new Timeline(ROOM, {
      load: () => Promise.reject(new Error('not asked')),
      view: () => new Promise((resolve) => (answer = resolve)),
      readState: () => aReadState(ROOM),
      me: () => ME,
      remember: () => undefined,
      isCut: () => false,
    });
    timeline.open();
    timeline.receive(created(2, { content: { type: 'text', text: 'older than the page' } }));
    timeline.receive(created(3));
    timeline.receive({ s: ROOM, n: 4, ev: 'message.pinned', d: aMessage(1, { pinned_at: 10 }) });
    answer({ history: aPage(1, 2), pins: [PIN] });
    await ready(timeline);
    const { messages } = timeline.getSnapshot();
    expect(messages.map(({ content }) => content?.text)).toEqual(['text 1', 'text 2', 'text 3']);
    expect(pinned(timeline)).toEqual([1, 2]);
  });

  it('puts the line before what comes in unseen, and takes it away when one writes', async () => {
    const { timeline } = aTimeline(10);
    timeline.open();
    await ready(timeline);
    timeline.isWatched = true;
    timeline.receive(created(11));
    expect(timeline.getSnapshot().lineAfter).toBeNull();
    timeline.isWatched = false;
    timeline.receive(created(12));
    timeline.receive(created(13));
    expect(timeline.getSnapshot().lineAfter).toBe(11);
    timeline.receive(created(14, { author_id: ME }));
    expect(timeline.getSnapshot().lineAfter).toBeNull();
  });
});

describe('pins', () => {
  const change = (n: number, ev: 'message.pinned' | 'message.unpinned', message: Message) =>
    ({ s: ROOM, n, ev, d: message }) as const;

  it('come with the first page, wherever that is, and are not asked for again', async () => {
    const { timeline, node } = aTimeline(800);
    await timeline.jumpTo(100);
    expect(pinned(timeline)).toEqual([2]);
    await timeline.jumpTo(600);
    await timeline.jumpToPresent();
    expect(pinned(timeline)).toEqual([2]);
    expect(node.viewed).toEqual([100]);
  });

  it('are loaded anew after a gap', async () => {
    const { timeline, node } = aTimeline(10);
    timeline.open();
    await ready(timeline);
    timeline.receive(change(11, 'message.unpinned', aMessage(2)));
    expect(pinned(timeline)).toEqual([]);
    timeline.refresh();
    await ready(timeline);
    expect(pinned(timeline)).toEqual([2]);
    expect(node.viewed).toEqual([null, null]);
  });

  it('follow the events, the newest pin first, and mark the messages', async () => {
    const { timeline } = aTimeline(10);
    timeline.open();
    await ready(timeline);
    timeline.receive(change(11, 'message.pinned', aMessage(7, { pinned_at: 20 })));
    timeline.receive(change(12, 'message.pinned', aMessage(5, { pinned_at: 30 })));
    expect(pinned(timeline)).toEqual([5, 7, 2]);
    expect(timeline.getSnapshot().messages[6]?.pinned_at).toBe(20);
    timeline.receive(change(13, 'message.unpinned', aMessage(5)));
    expect(timeline.getSnapshot().messages[4]?.pinned_at).toBeNull();
    const content = { type: 'text', text: 'changed' } as const;
    timeline.receive({ s: ROOM, n: 14, ev: 'message.updated', d: aMessage(7, { pinned_at: 20, content }) });
    timeline.receive({ s: ROOM, n: 15, ev: 'message.deleted', d: { ...PIN, deleted_at: 1, content: null } });
    expect(timeline.getSnapshot().pins).toEqual([aMessage(7, { pinned_at: 20, content })]);
  });

  it('are known as well while a page without them is under way', async () => {
    const { timeline } = aTimeline(800);
    timeline.open();
    await ready(timeline);
    const jump = timeline.jumpTo(100);
    timeline.receive(change(700, 'message.pinned', aMessage(90, { pinned_at: 20 })));
    await jump;
    expect(pinned(timeline)).toEqual([90, 2]);
  });
});
