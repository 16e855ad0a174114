/**
 * What a database may not do: answer otherwise than memory does, answer from damaged bytes, or lose what was durable.
 * One run is one damaged file; for every hundred there are 43 random histories and 11 killed writers.
 */

import { rmSync } from 'node:fs';
import { createRandom } from '../../bench/measure.ts';
import { createFolder, type Folder } from '../support/folder.ts';
import { bundleWriter, killMany } from '../support/killed-writers.ts';
import { DAMAGES, createSpecimens, tryDamage } from '../support/rotting-files.ts';
import { History } from '../support/storage-history.ts';
import type { FuzzOptions, FuzzReport, FuzzSuite } from './suite.ts';

const STEPS = 42;

export const suite: FuzzSuite = { shortRuns: 36, longRuns: 1000, run };

async function run(options: FuzzOptions): Promise<FuzzReport> {
  using folder = createFolder();
  const reports = [await rot(folder, options), await live(folder, options), await kill(folder, options)];
  return {
    counts: Object.assign({}, ...reports.map(({ counts }) => counts)) as FuzzReport['counts'],
    faults: reports.flatMap(({ faults }) => faults),
  };
}

async function rot(folder: Folder, { seed, runs, log }: FuzzOptions): Promise<FuzzReport> {
  const specimens = await createSpecimens(folder);
  const random = createRandom(seed);
  const kinds = Object.keys(DAMAGES);
  const counts: Record<string, number> = { files: runs, named: 0, same: 0 };
  const faults: string[] = [];
  for (let i = 0; i < runs; i++) {
    const kind = kinds[i % kinds.length] as string;
    const { verdict, why } = await tryDamage(folder, specimens, kind, random);
    if (verdict === 'fault') faults.push(`seed ${seed}, file ${i}, ${kind}: ${why}`);
    else counts[verdict] = (counts[verdict] ?? 0) + 1;
    for (const suffix of ['', '-wal', '-shm', '-durable']) rmSync(folder.path(`damaged.db${suffix}`), { force: true });
    if (i % 100 === 99) log(`${i + 1} damaged files, ${faults.length} faults`);
  }
  return { counts, faults };
}

async function live(folder: Folder, { seed, runs, log }: FuzzOptions): Promise<FuzzReport> {
  const counts = { histories: Math.ceil(runs * 0.43), steps: 0, answers: 0 };
  const faults: string[] = [];
  for (let i = 0; i < counts.histories; i++) {
    const path = folder.path(`history-${i}.db`);
    const history = new History(path, createRandom(seed * 10_000 + i), counts);
    const fault = await history.run(STEPS).catch((error: unknown) => String(error));
    if (fault !== undefined) faults.push(`seed ${seed}, history ${i}: ${fault}`);
    for (const suffix of ['', '-writer']) rmSync(path + suffix, { force: true });
    if (i % 50 === 49) log(`${i + 1} histories, ${counts.steps} steps, ${faults.length} faults`);
  }
  return { counts, faults };
}

async function kill(folder: Folder, { seed, runs, log }: FuzzOptions): Promise<FuzzReport> {
  const kills = Math.ceil(runs * 0.11);
  const { durable, faults } = await killMany(await bundleWriter(), folder.path('killed.db'), kills, seed);
  log(`${kills} kills, ${durable} changes durable`);
  return { counts: { kills, durable }, faults };
}
