// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runScenario, type Scenario } from '../testing/e2ee-simulations';

const file = new URL('../../../src/crypto/vectors/log-simulations-v1.json', import.meta.url);
const { scenarios } = JSON.parse(readFileSync(file, 'utf8')) as { scenarios: Scenario[] };

test.each(scenarios)('$name', async (scenario) => {
  const { answers, end } = await runScenario(scenario);
  for (const { move, expected, answered, changed } of answers) {
    expect({ move, answered, changed }).toEqual({ move, answered: expected, changed: false });
  }
  expect(end).toEqual(scenario.end);
});
