// A few object stores in IndexedDB. Where there is none (private windows of some browsers) memory serves.
const NAME = 'snug';
const VERSION = 1;
const STORES = ['outbox'] as const;
type StoreName = (typeof STORES)[number];

let opening: Promise<IDBDatabase | null> | null = null;

function open(): Promise<IDBDatabase | null> {
  opening ??= new Promise((resolve) => {
    if (typeof indexedDB === 'undefined') {
      resolve(null);
      return;
    }
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const name of STORES) {
        if (!request.result.objectStoreNames.contains(name)) {
          request.result.createObjectStore(name, { keyPath: 'id' });
        }
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
  return opening;
}

async function run<T>(
  name: StoreName,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | null> {
  const database = await open();
  if (!database) return null;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode);
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const database = {
  put: (name: StoreName, value: object) => run(name, 'readwrite', (store) => store.put(value)),
  remove: (name: StoreName, key: string) => run(name, 'readwrite', (store) => store.delete(key)),
  all: async <T>(name: StoreName): Promise<T[]> =>
    (await run<T[]>(name, 'readonly', (store) => store.getAll() as IDBRequest<T[]>)) ?? [],
  clear: (name: StoreName) => run(name, 'readwrite', (store) => store.clear()),
};
