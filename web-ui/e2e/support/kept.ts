// What a browser has on its disk for when the node can't be reached, opened with its own key.
import { expect, type Page } from '@playwright/test';

/** Every entry of the part that works without the node, as text. */
function entries(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((done, fail) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
      });
    const texts: string[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      if (!name.startsWith('snug-offline.')) continue;
      const database = await asked(indexedDB.open(name));
      const store = database.transaction('kept').objectStore('kept');
      const [names, values] = await Promise.all([asked(store.getAllKeys()), asked(store.getAll())]);
      database.close();
      const key = values[names.indexOf('local')] as CryptoKey;
      for (const [at, { iv, ct }] of values.entries()) {
        if (!iv) continue;
        const additionalData = new TextEncoder().encode(String(names[at]));
        const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, ct);
        texts.push(new TextDecoder().decode(plain));
      }
    }
    return texts;
  });
}

/** Each of these words has come to the disk: what is written is gathered first. */
export async function keeps(page: Page, ...words: string[]): Promise<void> {
  const missing = async () => {
    const texts = await entries(page);
    return words.filter((word) => !texts.some((text) => text.includes(word)));
  };
  await expect.poll(missing, { timeout: 30_000 }).toEqual([]);
}
