/**
 * Random operations on the index in WASM and on its JavaScript twin: every search must give the same hits, score for
 * score. One run is one operation.
 */

import { createRandom } from '../../bench/measure.ts';
import { VectorIndex } from '../../src/core/vector-index.ts';
import type { FuzzOptions, FuzzReport, FuzzSuite } from './suite.ts';

const OWNERS = 5;
const MAX_ROWS = 600;
const SEARCH_EVERY = 50;

export const suite: FuzzSuite = { shortRuns: 20_000, longRuns: 10_000_000, run };

/** Random, near another, equal to another, all equal, zero, one-hot, tiny or huge: what ties and bounds fear. */
function createVector(dimensions: number, others: readonly Float32Array[], random: () => number): Float32Array {
  const below: Below = (count) => Math.floor(random() * count);
  const kind = below(10);
  const other = others[below(others.length)];
  if (kind < 2 && other) return other.slice();
  if (kind < 4 && other) return other.map((value) => value + (random() - 0.5) * 1e-3);
  if (kind === 4) return new Float32Array(dimensions).fill(1 / Math.sqrt(dimensions));
  if (kind === 5) return new Float32Array(dimensions);
  if (kind === 6) return new Float32Array(dimensions).map((_, i) => (i === 0 ? 1 : 0));
  const vector = new Float32Array(dimensions).map(() => random() - 0.5);
  const length = Math.hypot(...vector) * (kind === 7 ? 10 ** (below(30) - 15) : 1);
  return vector.map((value) => value / length);
}

/** Draws an integer in [0, count). */
type Below = (count: number) => number;

async function run({ seed, runs, log }: FuzzOptions): Promise<FuzzReport> {
  const random = createRandom(seed);
  const below: Below = (count) => Math.floor(random() * count);
  const faults: string[] = [];
  const counts = { operations: 0, searches: 0 };
  while (counts.operations < runs) {
    const dimensions = 1 + below(70);
    const index = new VectorIndex(dimensions);
    const twin = new VectorIndex(dimensions, 'js');
    const pool = Array.from({ length: 40 }, () => createVector(dimensions, [], random));
    const ids: number[] = [];
    for (let step = 0; step < 100_000 && counts.operations < runs; step++, counts.operations++) {
      const vector = createVector(dimensions, pool, random);
      const action = random();
      if (ids.length === 0 || (action < 0.45 && ids.length < MAX_ROWS)) {
        const owner = below(OWNERS);
        const id = index.add(vector, owner);
        if (twin.add(vector, owner) !== id) faults.push(`seed ${seed}: ids differ at operation ${counts.operations}`);
        ids.push(id);
      } else {
        const at = below(ids.length);
        const id = ids[at] as number;
        if (action < 0.8) {
          index.replace(id, vector);
          twin.replace(id, vector);
        } else {
          index.remove(id);
          twin.remove(id);
          const last = ids.pop() as number;
          if (at < ids.length) ids[at] = last;
        }
      }
      if (step % SEARCH_EVERY === 0) {
        counts.searches++;
        const mismatch = compare(index, twin, [vector, ...pool.slice(0, below(6))], below);
        if (mismatch) faults.push(`seed ${seed}, operation ${counts.operations}: ${mismatch}`);
      }
    }
    log(`${counts.operations} operations`);
  }
  return { counts, faults };
}

/** The first difference between the two, if there is one. */
function compare(
  index: VectorIndex,
  twin: VectorIndex,
  queries: readonly Float32Array[],
  below: Below,
): string | undefined {
  const groupCount = 1 + below(OWNERS);
  const groupOfOwner = Int32Array.from({ length: OWNERS }, () => below(groupCount + 1) - 1);
  const search = { queries, groupOfOwner, groupCount, hitsPerGroup: 1 + below(4) };
  const expected = twin.search(search);
  for (const precision of ['int8', 'float32'] as const) {
    const hits = index.search({ ...search, precision });
    for (const [i, id] of expected.ids.entries()) {
      if (hits.ids[i] !== id || !Object.is(hits.scores[i], expected.scores[i])) {
        return `${precision} gave ${hits.ids[i]} at ${hits.scores[i]}, the twin ${id} at ${expected.scores[i]}`;
      }
    }
  }
  return undefined;
}
