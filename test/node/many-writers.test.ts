/** Many callers, and many processes, on one file: every acknowledged change is there, once. */

import Database from 'better-sqlite3';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openRouter } from 'synaptoroute/node';
import { createHashEncoder } from '../support/encoders.ts';
import { createFolder } from '../support/folder.ts';

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

test('2,000 overlapping changes of 50 callers leave exactly the expected rows and versions', async () => {
  using folder = createFolder();
  const path = folder.path('routes.db');
  const encoder = createHashEncoder({ dimensions: 16 });
  const router = await openRouter({ encoder, storage: path });
  // Each caller: a route, 20 sentences one by one, 10 of them removed, 9 thresholds: 40 changes.
  const callers = Array.from({ length: 50 }, async (_, caller) => {
    const name = `caller-${caller}`;
    const durables: Promise<void>[] = [];
    const done = async (change: Promise<{ durable: Promise<void> }>): Promise<void> => {
      durables.push((await change).durable);
    };
    await done(router.addRoute({ name, utterances: [`first of ${caller}`] }));
    const texts = Array.from({ length: 20 }, (_unused, i) => `sentence ${i} of ${caller}`);
    await Promise.all([
      ...texts.map((text) => done(router.addUtterances(name, [text]))),
      ...Array.from({ length: 9 }, (_unused, i) => done(router.setThreshold(name, i / 10))),
    ]);
    await Promise.all(texts.slice(0, 10).map((text) => done(router.removeUtterances(name, [text]))));
    await Promise.all(durables);
    return durables.length;
  });
  const counts = await Promise.all(callers);
  expect(counts.reduce((sum, count) => sum + count)).toBe(2000);
  expect(await router.status()).toMatchObject({ revision: 2000, durableRevision: 2000, routes: 50, utterances: 550 });
  const inMemory = await router.routes();
  await router.close();
  const database = new Database(path, { readonly: true });
  const rows = database
    .prepare(
      'SELECT name, version, count(*) AS sentences FROM routes JOIN utterances ON route_id = routes.id GROUP BY name',
    )
    .all();
  expect(rows).toHaveLength(50);
  // Version 1 when it was added, and one more for each of its 39 other changes.
  for (const row of rows) expect(row).toMatchObject({ version: 40, sentences: 11 });
  expect(database.pragma('foreign_key_check')).toEqual([]);
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
  const again = await openRouter({ encoder: createHashEncoder({ dimensions: 16 }), storage: path });
  expect((await again.routes()).toSorted(byName)).toEqual(inMemory.toSorted(byName));
  await again.close();
});

test('two processes that take turns on one file keep every change that either was told is durable', async () => {
  using folder = createFolder();
  const path = folder.path('routes.db');
  const script = fileURLToPath(new URL('../support/patient-writer.ts', import.meta.url));
  const run = (name: string) => promisify(execFile)(process.execPath, ['--import', 'tsx', script, path, name, '25']);
  const outputs = await Promise.all([run('one'), run('two')]);
  const refused = outputs.map(({ stdout }) => (JSON.parse(stdout) as { refused: number }).refused);
  // They did meet: at least one found the other writing.
  expect(Math.max(...refused)).toBeGreaterThan(0);
  const router = await openRouter({ encoder: createHashEncoder({ dimensions: 16 }), storage: path });
  const names = (await router.routes()).map(({ name }) => name).toSorted();
  expect(names).toEqual(
    ['one', 'two'].flatMap((name) => Array.from({ length: 25 }, (_, i) => `${name}-${i}`)).toSorted(),
  );
  await router.close();
});
