/** The boot benchmark in Node: an SQLite file on this machine's disk, each opening in a fresh process. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSqliteStorage, openRouter, type StoredRoute } from 'synaptoroute/node';
import { bundleScript } from '../../test/support/node-script.ts';
import { quantile, round, timeEach, type Metrics } from '../measure.ts';
import { ENCODER } from './material.ts';

const PROCESSES = 9;
const EDITS = 300;

export async function bootNode(routes: readonly StoredRoute[]): Promise<Metrics> {
  const folder = mkdtempSync(join(tmpdir(), 'synaptoroute-boot-'));
  try {
    const path = join(folder, 'routes.db');
    const writes = [await writeAll(join(folder, 'first.db'), routes), await writeAll(path, routes)];
    const bytes = statSync(path).size;
    const script = await bundleScript(fileURLToPath(new URL('open-once.ts', import.meta.url)), 'boot');
    const inProcesses = (act: 'open' | 'rest' | 'read', processes = PROCESSES): readonly (readonly number[])[] =>
      Array.from({ length: processes }, () => runOnce(script, act, path));
    const openings = inProcesses('open');
    const opens = openings.map(([opened = NaN]) => opened);
    const answers = openings.map(([, answered = NaN]) => answered);
    const reads = inProcesses('read').map(([read = NaN]) => read);
    const rested = inProcesses('rest', 3).map(([answered = NaN]) => answered);
    const edits = await editOneByOne(path);
    return {
      node_open_ms: round(Math.min(...opens), 1),
      node_open_ms_p50: round(quantile(opens, 0.5), 1),
      node_first_answer_ms: round(Math.min(...answers), 1),
      node_first_answer_after_3s_ms: round(Math.min(...rested), 1),
      node_file_read_ms: round(Math.min(...reads), 1),
      node_file_read_ms_p50: round(quantile(reads, 0.5), 1),
      node_open_ratio_to_read: round(Math.min(...opens) / Math.min(...reads), 2),
      node_write_ms: round(Math.min(...writes), 0),
      node_edit_ms_p50: round(quantile(edits, 0.5), 2),
      node_edit_ms_p99: round(quantile(edits, 0.99), 2),
      bytes_on_disk: bytes,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From vectors in memory to a closed file; as an import does it, in one transaction. */
async function writeAll(path: string, routes: readonly StoredRoute[]): Promise<number> {
  const start = performance.now();
  const storage = await createSqliteStorage({ path });
  const { id, dimensions } = ENCODER;
  await storage.load({ id, dimensions });
  await storage.apply([{ type: 'replace-all', encoder: { id, dimensions }, routes }]);
  await storage.close();
  return performance.now() - start;
}

/** One utterance added, or removed again, until it is durable, in the default mode. */
async function editOneByOne(path: string): Promise<readonly number[]> {
  const router = await openRouter({ encoder: ENCODER, storage: path });
  const times = await timeEach(EDITS, 20, async (i) => {
    const { durable } =
      i % 2 === 0
        ? await router.addUtterances('route-7', [`an utterance that is new ${i}`])
        : await router.removeUtterances('route-7', [`an utterance that is new ${i - 1}`]);
    await durable;
  });
  await router.close();
  return times;
}

function runOnce(script: string, act: string, path: string): readonly number[] {
  return JSON.parse(execFileSync(process.execPath, [script, act, path]).toString()) as readonly number[];
}
