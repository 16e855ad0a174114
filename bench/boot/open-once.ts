/** One process of the boot benchmark: modules loaded, then one thing timed once; prints its milliseconds. */

import { readFileSync } from 'node:fs';
import { openRouter } from 'synaptoroute/node';
import 'better-sqlite3';
import { DIMENSIONS, ENCODER, ROUTE_COUNT, UTTERANCES_PER_ROUTE } from './material.ts';

const [, , act, path = ''] = process.argv;

async function openAndQuery(): Promise<number> {
  const start = performance.now();
  const router = await openRouter({ encoder: ENCODER, storage: path });
  const { candidates } = await router.query('any text');
  const took = performance.now() - start;
  const { utterances } = await router.status();
  if (candidates.length !== ROUTE_COUNT || utterances !== ROUTE_COUNT * UTTERANCES_PER_ROUTE) {
    throw new Error(`opened ${candidates.length} routes of ${utterances} utterances of ${DIMENSIONS}`);
  }
  await router.close();
  return took;
}

function readPlain(): number {
  const start = performance.now();
  const { length } = readFileSync(path);
  const took = performance.now() - start;
  if (length === 0) throw new Error('read nothing');
  return took;
}

process.stdout.write(String(act === 'open' ? await openAndQuery() : readPlain()));
