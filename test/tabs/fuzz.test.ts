import { expect, test } from 'vitest';
import { suite } from '../fuzz/tabs.fuzz.ts';

test('tabs that end or stand still under load lose nothing and leave no call unsettled', async () => {
  const { counts, faults } = await suite.run({ seed: 1, runs: suite.shortRuns, log: () => undefined });
  expect(faults).toEqual([]);
  expect(counts['acknowledged']).toBeGreaterThan(20);
});
