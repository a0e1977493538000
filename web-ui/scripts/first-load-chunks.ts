import type { Rolldown } from 'vite';

interface Layer {
  /** Name of the chunk. */
  name: string;
  /** Ends of the paths of the modules from which it starts. */
  from: string[];
}

// The icons' package is one index over all of its icons: following it would bring each icon that any page
// uses into the first layer. So only those count that a layer names.
const icons = /\/lucide-react\/dist\/esm\/icons\//;

/**
 * Puts all modules that a page needs from the start into one chunk: what the first layer imports, then what
 * the next one imports beyond it, and so on. Left to itself the bundler splits what several pages share into
 * dozens of tiny files, which compress badly and take many requests.
 */
export function firstLoadChunks(
  layers: Layer[],
): (id: string, context: Rolldown.ChunkingContext) => string | null {
  let home: Map<string, string> | undefined;
  return (id, context) => {
    home ??= assign(layers, id, context);
    return home.get(id) ?? null;
  };
}

function assign(layers: Layer[], anyId: string, context: Rolldown.ChunkingContext): Map<string, string> {
  const home = new Map<string, string>();
  const everything = reachable(anyId, context);
  for (const { name, from } of layers) {
    const waiting = [...everything].filter((id) => from.some((end) => id.endsWith(end)));
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (home.has(id)) continue;
      home.set(id, name);
      const imported = context.getModuleInfo(id)?.importedIds ?? [];
      waiting.push(...imported.filter((other) => !icons.test(other)));
    }
  }
  return home;
}

/** All modules of the app that can be found from one of them. */
function reachable(start: string, context: Rolldown.ChunkingContext): Set<string> {
  const found = new Set<string>();
  const waiting = [start];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    const info = context.getModuleInfo(id);
    if (!info) continue;
    waiting.push(
      ...info.importedIds,
      ...info.dynamicallyImportedIds,
      ...info.importers,
      ...info.dynamicImporters,
    );
  }
  return found;
}
