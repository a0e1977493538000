// The node searches what it can read, this device what only it can. Both answers are one list.
import type { Id, SearchHit, SearchPage } from '../api/types';
import type { LocalPage, LocalQuery } from '../encryption/index/device-index';
import type { SearchQuery } from './api';

const HITS = 25;
/** Searches whose later pages may still be asked for. */
const KEPT = 8;

export interface MergedParts {
  node(query: SearchQuery, signal: AbortSignal): Promise<SearchPage>;
  /** Null: there is no index on this device. */
  device(query: LocalQuery): Promise<LocalPage | null>;
  /** The conversations of a server. */
  roomsOf(serverId: Id): Id[];
}

/** Where a list goes on: what was found already but not shown, and how each side is asked for more. */
interface Rest {
  hits: SearchHit[];
  node: string | null;
  device: LocalQuery['after'];
}

/** Makes one search of two. The cursors that it gives out are its own. */
export function mergedSearch(parts: MergedParts) {
  const rests = new Map<string, Rest>();
  let next = 1;

  const keep = (rest: Rest): string => {
    const cursor = `merged-${next}`;
    next += 1;
    rests.set(cursor, rest);
    const oldest = rests.keys().next().value;
    if (rests.size > KEPT && oldest !== undefined) rests.delete(oldest);
    return cursor;
  };

  return async (query: SearchQuery, signal: AbortSignal): Promise<SearchPage> => {
    const { cursor, ...first } = query;
    const rest = cursor === undefined ? undefined : rests.get(cursor);
    // A cursor that was forgotten: what could still be shown is on neither list.
    if (cursor !== undefined && !rest) return { hits: [], users: [], next: null };
    const [node, device] = await Promise.all([
      rest && rest.node === null
        ? null
        : parts.node(rest?.node ? { ...first, cursor: rest.node } : first, signal),
      rest && rest.device === null
        ? null
        : parts.device(localQuery(parts, first, rest?.device ?? null)).catch(() => null),
    ]);
    const nodeHits = node?.hits ?? [];
    const deviceHits = (device?.hits ?? []).filter(
      ({ message }) => !nodeHits.some((hit) => hit.message.id === message.id),
    );
    const after: Rest = { hits: [], node: node?.next ?? null, device: device?.next ?? null };
    const all = [...(rest?.hits ?? []), ...deviceHits, ...nodeHits];
    // By relevance the two can't be compared: what only this device knows comes first, page by page.
    const hits = query.sort === 'newest' ? newest(all, nodeHits, deviceHits, after) : all;
    const hasMore = after.hits.length > 0 || after.node !== null || after.device !== null;
    return { hits, users: node?.users ?? [], next: hasMore ? keep(after) : null };
  };
}

/** What can be shown already: nothing older than where a side that has more was left. The rest waits. */
function newest(all: SearchHit[], node: SearchHit[], device: SearchHit[], after: Rest): SearchHit[] {
  const bounds = [
    after.node === null ? undefined : node.at(-1),
    after.device === null ? undefined : device.at(-1),
  ];
  const bound = Math.max(...bounds.map((hit) => hit?.message.created_at ?? Number.NEGATIVE_INFINITY));
  const sorted = all.toSorted((a, b) => b.message.created_at - a.message.created_at);
  after.hits = sorted.filter(({ message }) => message.created_at < bound);
  return sorted.filter(({ message }) => message.created_at >= bound);
}

function localQuery(parts: MergedParts, query: SearchQuery, after: LocalQuery['after']): LocalQuery {
  const { conversation_id, server_id } = query;
  const conversations = conversation_id ? [conversation_id] : server_id ? parts.roomsOf(server_id) : null;
  return { query: query.q, conversations, after, limit: HITS };
}
