import { expect, test } from 'vitest';
import { suite } from './names.fuzz.ts';

test('no name that a stranger chooses leads out of the cache folder', async () => {
  const { counts, faults } = await suite.run({ seed: 1, runs: suite.shortRuns, log: () => undefined });
  expect(faults).toEqual([]);
  expect(counts['module']).toBeGreaterThan(30);
});
