// The secrets of a conversation's epochs: taken from the node where they wait, asked for where they do not.
import type { Id } from '../api/types';
import { type Id as Bin, idFromUuid, uuidFromId } from '../crypto/encoding';
import { CryptoError } from '../crypto/errors';
import type { ItemJson } from '../crypto/requests';
import type { Core } from './core';
import type { Known } from './known';
import type { Logs } from './logs';
import type { BatchJson } from './node-api';

export const EPOCHS_PER_REQUEST = 100;
/** When what is missing is asked for again; after that the user may. */
const ASK_AGAIN_MS = [5_000, 60_000, 600_000];

interface Listener {
  came(id: Id): void;
  again(id: Id): Promise<void>;
  /** Looks into the vault. */
  vault(): Promise<void>;
}

export class ConversationKeys {
  readonly #core: Core;
  readonly #logs: Logs;
  readonly #tell: Listener;

  constructor(core: Core, logs: Logs, tell: Listener) {
    this.#core = core;
    this.#logs = logs;
    this.#tell = tell;
  }

  /** Takes the secrets that wait on the node; asks for those that do not. */
  async take(known: Known): Promise<void> {
    if (known.view.lacking.length === 0 || this.#core.state.phase !== 'ready') return;
    const { ask, node } = this.#core;
    const conversation = idFromUuid(known.id);
    // Another device, or another tab, may have it.
    await this.#tell.vault();
    known.view = (await ask('conversation_view', { conversation })).view ?? known.view;
    if (known.view.lacking.length === 0) return this.#tell.came(known.id);
    const items: unknown[] = [];
    const used: ItemJson[] = [];
    for (const batch of await node.keys(known.id, [])) {
      const receive = () => ask('receive_key', { conversation, batch });
      try {
        const received = await this.#logs.with(receive, async () => undefined);
        items.push(...received.items);
        used.push(...received.used);
      } catch (error) {
        if (!(error instanceof CryptoError)) throw error;
        this.#wrongKey(known, batch, error);
      }
    }
    if (items.length > 0) await node.ackKeys(known.id, items);
    if (items.length > 0) await ask('take_vault', { items });
    if (used.length > 0) await this.#forget(used);
    known.view = (await ask('conversation_view', { conversation })).view ?? known.view;
    if (items.length > 0) this.#tell.came(known.id);
    if (known.view.lacking.length > 0) this.#askLater(known);
    else known.asked = 0;
  }

  /** What was given by them is in the vault. */
  async #forget(items: ItemJson[]): Promise<void> {
    try {
      await this.#core.node.putVault({ items: [], drop: items });
      await this.#core.ask('forget_items', { items, done: false });
    } catch {
      // They go when they are old.
    }
  }

  #wrongKey(known: Known, batch: BatchJson, error: CryptoError): void {
    if (error.code !== 'bad_commit') return;
    const user_id = uuidFromId(batch.from.account as Bin);
    const evidence = { epoch: batch.epoch, from: batch.from, detail: error.detail };
    this.#core.alarm('bad_commit', { conversation_id: known.id, user_id }, evidence);
  }

  #askLater(known: Known): void {
    const pause = ASK_AGAIN_MS[known.asked];
    if (pause === undefined) return;
    known.asked += 1;
    const ask = async () => {
      if (known.asked > 1) await this.#core.parts.wait(pause);
      if (this.#core.isEnded || known.view.lacking.length === 0) return;
      await this.#core.node.askKeys(known.id, known.view.lacking.slice(-EPOCHS_PER_REQUEST));
      await this.#core.parts.wait(ASK_AGAIN_MS[0] ?? 0);
      if (!this.#core.isEnded && known.view.lacking.length > 0) await this.#tell.again(known.id);
    };
    void ask().catch(() => undefined);
  }
}
