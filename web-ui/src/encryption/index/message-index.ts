// The index in memory: segments, which message stands where, and their order. Pure; storing is somebody else's.
import type { Fragment, Id } from '../../api/types';
import { fragmentsOf } from './fragments';
import { parseQuery, type Query } from './query';
import { buildSegment, type Entry, fitsExactly, SEGMENT_SIZE, type Segment } from './segment';

/** The newest messages that are kept. */
export const MOST = 50_000;
/** So many more may come before the oldest are dropped, because that makes segments anew. */
const SLACK = 512;

/** What to search for and where. */
export interface Asked {
  query: string;
  /** The author that `from:` names; null where nobody does. */
  from: Id | null;
  /** Only in these; null: in all. */
  conversations: Id[] | null;
  /** Only what comes after this one (going back in time). */
  after: Position | null;
  limit: number;
}

export interface Position {
  at: number;
  id: Id;
}

export interface Found {
  entry: Entry;
  fragments: Fragment[];
}

export interface FoundPage {
  hits: Found[];
  next: Position | null;
}

interface Part {
  key: number;
  segment: Segment;
}

interface Ref {
  entry: Entry;
  /** The segment's key, and the place in it; null: not in a segment yet. */
  part: number | null;
  place: number;
}

export class IndexInMemory {
  #parts = new Map<number, Part>();
  #refs = new Map<Id, Ref>();
  /** What came since the last segment was filled. */
  #fresh = new Map<Id, Entry>();
  #freshSegment: Segment | null = null;
  /** Newest first; null: to be sorted anew. */
  #order: Ref[] | null = null;
  /** Segments with entries that are gone or stand elsewhere now. */
  #worn = new Set<number>();
  #nextKey = 1;
  readonly #most: number;

  constructor(most = MOST) {
    this.#most = most;
  }

  get size(): number {
    return this.#refs.size;
  }

  /** The oldest message that is held. */
  get oldest(): Entry | null {
    return this.#ordered().at(-1)?.entry ?? null;
  }

  entries(): Entry[] {
    return [...this.#refs.values()].map(({ entry }) => entry);
  }

  has(id: Id): boolean {
    return this.#refs.has(id);
  }

  /** Takes in a stored segment. Entries that are known already are the newer ones. */
  load(key: number, segment: Segment): void {
    this.#nextKey = Math.max(this.#nextKey, key + 1);
    this.#parts.set(key, { key, segment });
    segment.stored.entries.forEach((entry, place) => {
      if (this.#refs.has(entry.id)) this.#worn.add(key);
      else this.#refs.set(entry.id, { entry, part: key, place });
    });
    this.#order = null;
  }

  /** Adds or changes messages; whether anything is new. */
  put(entries: readonly Entry[]): boolean {
    let isChanged = false;
    for (const entry of entries) {
      const known = this.#refs.get(entry.id);
      if (known && isSame(known.entry, entry)) continue;
      isChanged = true;
      this.#take(entry.id);
      this.#fresh.set(entry.id, entry);
      this.#refs.set(entry.id, { entry, part: null, place: 0 });
    }
    if (isChanged) this.#touch();
    return isChanged;
  }

  remove(ids: Iterable<Id>): boolean {
    let isChanged = false;
    for (const id of ids) isChanged = this.#take(id) || isChanged;
    if (isChanged) this.#touch();
    return isChanged;
  }

  forget(conversation: Id): boolean {
    return this.remove(
      [...this.#refs.values()].filter(({ entry }) => entry.conversation === conversation).map(idOf),
    );
  }

  search(asked: Asked, now = Date.now()): FoundPage {
    const query = parseQuery(asked.query);
    if (!query || (query.from !== null && asked.from === null)) return { hits: [], next: null };
    const places = asked.conversations && new Set(asked.conversations);
    const candidates = this.#candidatesOf(query);
    const hits: Found[] = [];
    const order = this.#ordered();
    for (let at = asked.after ? placeAfter(order, asked.after) : 0; at < order.length; at += 1) {
      const ref = order[at];
      if (!ref) break;
      const { entry } = ref;
      if (places && !places.has(entry.conversation)) continue;
      if (query.from !== null && entry.author !== asked.from) continue;
      if (entry.expiresAt !== null && entry.expiresAt <= now) continue;
      if (!candidates(ref) || !fitsExactly(entry, query)) continue;
      const last = hits.at(-1);
      if (hits.length === asked.limit && last)
        return { hits, next: { at: last.entry.at, id: last.entry.id } };
      hits.push({ entry, fragments: fragmentsOf(entry.text, query) });
    }
    return { hits, next: null };
  }

  /**
   * Brings the segments in order: fills new ones, makes worn ones anew without what is gone, drops what is too old or
   * has expired. Answers which ones to store (null: to delete). The last, unfilled one has the key 0.
   */
  settle(now = Date.now()): Map<number, Segment | null> {
    this.#dropOld(now);
    const changes = new Map<number, Segment | null>();
    for (const key of this.#worn) {
      const part = this.#parts.get(key);
      if (!part) continue;
      const left = part.segment.stored.entries.filter(({ id }) => this.#refs.get(id)?.part === key);
      this.#parts.delete(key);
      if (left.length > 0 && left.length >= SEGMENT_SIZE / 4) this.#setPart(key, buildSegment(left));
      else for (const entry of left) this.#unplace(entry);
      changes.set(key, this.#parts.get(key)?.segment ?? null);
    }
    this.#worn.clear();
    while (this.#fresh.size >= SEGMENT_SIZE) {
      const entries = [...this.#fresh.values()].slice(0, SEGMENT_SIZE);
      for (const { id } of entries) this.#fresh.delete(id);
      this.#freshSegment = null;
      const key = this.#nextKey;
      this.#nextKey += 1;
      this.#setPart(key, buildSegment(entries));
      changes.set(key, this.#parts.get(key)?.segment ?? null);
    }
    changes.set(0, this.#fresh.size > 0 ? this.#freshPart() : null);
    return changes;
  }

  /** Takes in the unfilled segment of the last time. */
  loadFresh(segment: Segment): void {
    this.put(segment.stored.entries.filter(({ id }) => !this.#refs.has(id)));
  }

  #dropOld(now: number): void {
    const gone = [...this.#refs.values()].filter(
      ({ entry }) => entry.expiresAt !== null && entry.expiresAt <= now,
    );
    this.remove(gone.map(idOf));
    if (this.size > this.#most + SLACK) this.remove(this.#ordered().slice(this.#most).map(idOf));
  }

  #setPart(key: number, segment: Segment): void {
    this.#parts.set(key, { key, segment });
    segment.stored.entries.forEach((entry, place) => {
      const ref = this.#refs.get(entry.id);
      if (ref) Object.assign(ref, { entry, part: key, place });
    });
  }

  #unplace(entry: Entry): void {
    this.#fresh.set(entry.id, entry);
    this.#freshSegment = null;
    const ref = this.#refs.get(entry.id);
    if (ref) Object.assign(ref, { part: null, place: 0 });
  }

  #take(id: Id): boolean {
    const ref = this.#refs.get(id);
    if (!ref) return false;
    this.#refs.delete(id);
    if (ref.part === null) this.#fresh.delete(id);
    else this.#worn.add(ref.part);
    return true;
  }

  #touch(): void {
    this.#order = null;
    this.#freshSegment = null;
  }

  #freshPart(): Segment {
    if (!this.#freshSegment) {
      const entries = [...this.#fresh.values()];
      this.#freshSegment = buildSegment(entries);
      entries.forEach((entry, place) => {
        const ref = this.#refs.get(entry.id);
        if (ref) ref.place = place;
      });
    }
    return this.#freshSegment;
  }

  /** Asks each segment only once, and only when a message of it is looked at. */
  #candidatesOf(query: Query): (ref: Ref) => boolean {
    const asked = new Map<number | null, Uint8Array>();
    return (ref) => {
      const { part } = ref;
      let found = asked.get(part);
      if (!found) {
        const segment = part === null ? this.#freshPart() : this.#parts.get(part)?.segment;
        found = segment?.candidates(query) ?? new Uint8Array();
        asked.set(part, found);
      }
      // The place is only known once the segment is made.
      return found[ref.place] === 1;
    };
  }

  #ordered(): Ref[] {
    this.#order ??= [...this.#refs.values()].sort(({ entry: a }, { entry: b }) => compare(a, b));
    return this.#order;
  }
}

const idOf = ({ entry }: Ref): Id => entry.id;

/** Newest first. */
function compare(a: Position, b: Position): number {
  return b.at - a.at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

function placeAfter(order: Ref[], after: Position): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = order[middle]?.entry;
    if (entry && compare(entry, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isSame(a: Entry, b: Entry): boolean {
  return a.text === b.text && a.editedAt === b.editedAt && a.expiresAt === b.expiresAt && a.at === b.at;
}
