import { expect, test } from 'vitest';
import { fuzz, suite } from './http.fuzz.ts';

const log = (): void => undefined;
const careless = async (): Promise<Response> => Response.json({ error: 'at fault' }, { status: 500 });

test('requests of every kind are answered as the document says, or refused, and change nothing that they may not', async () => {
  const { counts, faults } = await suite.run({ seed: 1, runs: suite.shortRuns, log });
  expect(faults).toEqual([]);
  expect(counts['malformed']).toBe(suite.shortRuns / 4);
});

test('a handler without checks is found out', async () => {
  const { faults } = await fuzz({ seed: 1, runs: 40, log }, careless);
  expect(faults.length).toBeGreaterThan(20);
});
