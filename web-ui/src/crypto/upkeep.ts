// What becomes of keys with time: which are to be renewed, which are to be forgotten. Ages are those that this
// device has seen itself, or that stand in signed links; the node is not asked.
import { currentIk } from './account-log';
import { b64u, idOf, unb64u } from './encoding';
import type { Answer, Requests } from './requests';
import type { RingState } from './ring-state';
import { have } from './secrets';
import { itemToJson, type VaultItem } from './vault';

const DAY_S = 86_400;
const REKEY_S = 30 * DAY_S;
const IDENTITY_DH_S = 365 * DAY_S;
/** After a signed prekey was replaced, and what was given by it was fetched. */
const REPLACED_S = 30 * DAY_S;
const UNUSED_S = 90 * DAY_S;
/** Items that are sealed anew at once; the rest next time. */
const AT_ONCE = 400;

/** By item: when it was first seen here; signed prekeys: and since when it was not the newest. Unix seconds. */
type Ages = Record<string, { seen: number; replaced?: number }>;

export class UpkeepRing {
  readonly #state: RingState;

  constructor(state: RingState) {
    this.#state = state;
  }

  async upkeep({ now, signed, synced }: Requests['upkeep']['input']): Promise<Requests['upkeep']['output']> {
    const state = this.#state;
    const { account: log, device } = state.sender();
    const { at } = have(log.devices.get(device.id), 'the device');
    const before = (await state.openSealed<Ages>('ages')) ?? {};
    const ages: Ages = {};
    const gone: VaultItem[] = [];
    const stale: VaultItem[] = [];
    let waiting = false;
    for (const item of state.secrets.items()) {
      const { kind, class: c, gen, item: name } = item.place;
      if (c !== 's') continue;
      const key = `${kind} ${b64u(name)}`;
      const age = before[key] ?? { seen: now };
      ages[key] = age;
      if (kind === 'spk' && idOf(name) !== signed) age.replaced ??= now;
      const isOver = kind === 'spk' && age.replaced !== undefined && now - age.replaced >= REPLACED_S;
      const isOpenable = state.secrets.hasKey('s', gen);
      if (isOver && synced !== null && synced >= (age.replaced ?? 0)) gone.push(item);
      else if (isOver) waiting = true;
      else if (now - age.seen >= UNUSED_S && (kind === 'opk' || !isOpenable)) gone.push(item);
      else if (gen < log.keys.s.length && isOpenable) stale.push(item);
    }
    for (const { place } of gone) delete ages[`${place.kind} ${b64u(place.item)}`];
    await state.keepSealed('ages', ages);
    const reseal: unknown[] = [];
    for (const { place } of state.secrets.hasKey('s', log.keys.s.length) ? stale.slice(0, AT_ONCE) : []) {
      const item = have(state.secrets.item(place.kind, place.item), 'the item');
      const fresh = await state.secrets.seal(
        log,
        's',
        place.kind,
        place.item,
        await state.secrets.open(item),
      );
      reseal.push(itemToJson(fresh));
    }
    return {
      rekey: now - at >= REKEY_S,
      refresh: now - currentIk(log).at >= IDENTITY_DH_S,
      sync: waiting,
      drop: gone.slice(0, AT_ONCE).map(({ place }) => ({ kind: place.kind, item: b64u(place.item) })),
      reseal,
      done: stale.length === 0,
    };
  }

  /** Forgets items whose place in the vault is empty now, and session keys under which nothing is sealed any more. */
  async forget_items({ items, done }: Requests['forget_items']['input']): Promise<Answer> {
    const gone = items.map(({ kind, item }) => ({ kind, item: unb64u(item, 'any', 'item') }));
    for (const { kind, item } of gone) this.#state.secrets.drop(kind, item);
    await this.#state.dropItems(gone);
    if (done) await this.#state.forgetSessionKeys();
    return {};
  }
}
