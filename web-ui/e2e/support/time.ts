// Days that pass for the node and for those who sit at their browsers.
import type { SnugNode } from './node';
import type { Person } from './person';

export const DAY_MS = 86_400_000;

/** From now on their clocks can be moved; before they open anything. `aheadMs`: what has passed already. */
export async function canWait(people: Person[], aheadMs = 0): Promise<void> {
  for (const { page } of people) await page.clock.install({ time: Date.now() + aheadMs });
}

/** Their machines sleep meanwhile. */
export async function pass(node: SnugNode, ms: number, ...people: Person[]): Promise<void> {
  for (const { watch } of people) watch.isCut = true;
  await node.sleep(ms);
  for (const { page } of people) await page.clock.fastForward(ms);
}
