/**
 * Runs millions of seeded random operations on the index in WASM and on its JavaScript twin, whose every search must
 * give the same hits, score for score: npm run fuzz -- 10000000
 */

import { VectorIndex } from '../src/core/vector-index.ts';
import { createRandom } from '../bench/measure.ts';

const OWNERS = 5;
const MAX_ROWS = 600;
const SEARCH_EVERY = 50;

const operations = Number(process.argv[2] ?? 1_000_000);
const random = createRandom(Number(process.argv[3] ?? 1));
const below = (count: number): number => Math.floor(random() * count);

/** Random, near another, equal to another, all equal, zero, one-hot, tiny or huge: what ties and bounds fear. */
function createVector(dimensions: number, others: readonly Float32Array[]): Float32Array {
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

let done = 0;
let searches = 0;
while (done < operations) {
  const dimensions = 1 + below(70);
  const index = new VectorIndex(dimensions);
  const twin = new VectorIndex(dimensions, 'js');
  const pool = Array.from({ length: 40 }, () => createVector(dimensions, []));
  const ids: number[] = [];
  for (let step = 0; step < 100_000 && done < operations; step++, done++) {
    const vector = createVector(dimensions, pool);
    const action = random();
    if (ids.length === 0 || (action < 0.45 && ids.length < MAX_ROWS)) {
      const owner = below(OWNERS);
      const id = index.add(vector, owner);
      if (twin.add(vector, owner) !== id) throw new Error(`ids differ at operation ${done}`);
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
      searches++;
      compare(index, twin, [vector, ...pool.slice(0, below(6))]);
    }
  }
}
console.log(`${done} operations, ${searches} searches, no mismatch`);

function compare(index: VectorIndex, twin: VectorIndex, queries: readonly Float32Array[]): void {
  const groupCount = 1 + below(OWNERS);
  const groupOfOwner = Int32Array.from({ length: OWNERS }, () => below(groupCount + 1) - 1);
  const search = { queries, groupOfOwner, groupCount, hitsPerGroup: 1 + below(4) };
  const expected = twin.search(search);
  for (const precision of ['int8', 'float32'] as const) {
    const hits = index.search({ ...search, precision });
    for (const [i, id] of expected.ids.entries()) {
      if (hits.ids[i] !== id || !Object.is(hits.scores[i], expected.scores[i])) {
        throw new Error(
          `${precision} gave ${hits.ids[i]} at ${hits.scores[i]}, the twin ${id} at ${expected.scores[i]}`,
        );
      }
    }
  }
}
