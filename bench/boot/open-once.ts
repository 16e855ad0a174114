/** One process of the boot benchmark: modules loaded, then one thing timed once; prints its milliseconds. */

import { readFileSync } from 'node:fs';
import { openRouter } from 'synaptoroute/node';
import 'better-sqlite3';
import { DIMENSIONS, ENCODER, ROUTE_COUNT, UTTERANCES_PER_ROUTE } from './material.ts';

const [, , act, path = ''] = process.argv;

/** Until queries can be asked, and until the first is answered, which builds what is built on demand. */
async function openAndQuery(): Promise<readonly number[]> {
  const start = performance.now();
  const router = await openRouter({ encoder: ENCODER, storage: path });
  const opened = performance.now() - start;
  const { candidates } = await router.query('any text');
  const answered = performance.now() - start;
  const { utterances } = await router.status();
  if (candidates.length !== ROUTE_COUNT || utterances !== ROUTE_COUNT * UTTERANCES_PER_ROUTE) {
    throw new Error(`opened ${candidates.length} routes of ${utterances} utterances of ${DIMENSIONS}`);
  }
  await router.close();
  return [opened, answered];
}

function readPlain(): readonly number[] {
  const start = performance.now();
  const { length } = readFileSync(path);
  const took = performance.now() - start;
  if (length === 0) throw new Error('read nothing');
  return [took];
}

process.stdout.write(JSON.stringify(act === 'open' ? await openAndQuery() : readPlain()));
