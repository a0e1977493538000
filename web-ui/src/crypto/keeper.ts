// Where a device keeps what must outlive the page: a database of its own for every account.

/** A small map that lasts. Values are what browsers can clone, keys that cannot be read back included. */
export interface Keeper {
  get(name: string): Promise<unknown>;
  /** Everything whose name begins with `prefix`. */
  all(prefix: string): Promise<[string, unknown][]>;
  /** All or nothing; `undefined` takes an entry away. */
  put(entries: Record<string, unknown>): Promise<void>;
  /** Changes one entry by what is there, also when several pages ask at once; answers what is there then. */
  update(name: string, change: (known: unknown) => unknown): Promise<unknown>;
  /** Forgets everything. */
  clear(): Promise<void>;
}

/** Nothing outlives the page. */
export function memoryKeeper(): Keeper {
  const map = new Map<string, unknown>();
  return {
    get: async (name) => map.get(name),
    all: async (prefix) => [...map].filter(([name]) => name.startsWith(prefix)),
    async put(entries) {
      for (const [name, value] of Object.entries(entries)) {
        if (value === undefined) map.delete(name);
        else map.set(name, value);
      }
    },
    async update(name, change) {
      const value = change(map.get(name));
      map.set(name, value);
      return value;
    },
    clear: async () => map.clear(),
  };
}

const STORE = 'kept';

/** A keeper in IndexedDB. The database is made when it is first needed. */
export function storedKeeper(name: string): Keeper {
  let opening: Promise<IDBDatabase> | undefined;
  const open = () => {
    opening ??= openDatabase(name, () => {
      opening = undefined;
    });
    return opening;
  };
  const run = async <T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore, give: (value: T) => void) => void,
  ): Promise<T> => {
    const database = await open();
    return new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      let result: T;
      work(transaction.objectStore(STORE), (value) => {
        result = value;
      });
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error ?? new Error('the database refused'));
    });
  };
  return {
    get: (key) =>
      run('readonly', (store, give) => {
        const request = store.get(key);
        request.onsuccess = () => give(request.result as unknown);
      }),
    all: (prefix) =>
      run('readonly', (store, give) => {
        const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
        const [keys, values] = [store.getAllKeys(range), store.getAll(range)];
        values.onsuccess = () =>
          give(keys.result.map((key, index) => [String(key), values.result[index] as unknown]));
      }),
    put: (entries) =>
      run('readwrite', (store) => {
        for (const [key, value] of Object.entries(entries)) {
          if (value === undefined) store.delete(key);
          else store.put(value, key);
        }
      }),
    update: (key, change) =>
      run('readwrite', (store, give) => {
        const request = store.get(key);
        request.onsuccess = () => {
          const value = change(request.result as unknown);
          store.put(value, key);
          give(value);
        };
      }),
    clear: () => run('readwrite', (store) => void store.clear()),
  };
}

function openDatabase(name: string, lost: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = lost;
      database.onversionchange = () => {
        database.close();
        lost();
      };
      resolve(database);
    };
    request.onerror = () => {
      lost();
      reject(request.error ?? new Error('there is no database'));
    };
  });
}
