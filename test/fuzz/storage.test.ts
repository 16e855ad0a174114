import { expect, test } from 'vitest';
import { suite } from './storage.fuzz.ts';

test(
  'a database answers as memory does, or names its damage, and keeps what was durable',
  { timeout: 120_000 },
  async () => {
    const { counts, faults } = await suite.run({ seed: 1, runs: suite.shortRuns, log: () => undefined });
    expect(faults).toEqual([]);
    expect(counts['named']).toBeGreaterThan(10);
    expect(counts['answers']).toBeGreaterThan(500);
  },
);
