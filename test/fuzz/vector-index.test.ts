import { expect, test } from 'vitest';
import { suite } from './vector-index.fuzz.ts';

test('the index in WASM and its JavaScript twin agree on every search', async () => {
  const { counts, faults } = await suite.run({ seed: 1, runs: suite.shortRuns, log: () => undefined });
  expect(faults).toEqual([]);
  expect(counts['searches']).toBeGreaterThan(100);
});
