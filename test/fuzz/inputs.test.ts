import { expect, test } from 'vitest';
import { suite } from './inputs.fuzz.ts';

test('every entry point answers hostile values, or refuses them by a code', async () => {
  const { counts, faults } = await suite.run({ seed: 1, runs: suite.shortRuns, log: () => undefined });
  expect(faults).toEqual([]);
  expect(counts['refused']).toBeGreaterThan(suite.shortRuns / 3);
});
