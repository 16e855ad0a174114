/** Owns the call of umap-js: exact neighbours, a start from the principal axes, and a seed make it the same every time. */

import { UMAP } from 'umap-js';
import { principalAxes, project } from './pca.ts';

/** What remains of a vector for finding neighbours; most of what tells sentences apart lies in so many axes. */
const REDUCED_DIMENSIONS = 30;
const NEIGHBOURS = 15;
const EPOCHS = 250;

export interface UmapOptions {
  readonly dimensions: number;
  readonly onProgress: (step: string, done: number) => void;
}

/** x and y of each row. */
export function umapPositions(rows: Float32Array, { dimensions, onProgress }: UmapOptions): Float32Array {
  const axes = principalAxes(rows, {
    dimensions,
    count: REDUCED_DIMENSIONS,
    onProgress: (done) => onProgress('Reducing dimensions', done * 0.25),
  });
  const reduced = project(rows, axes);
  const points = toRows(reduced, axes.count);
  const nNeighbors = Math.min(NEIGHBOURS, points.length - 1);
  const { indices, distances } = nearest(points, nNeighbors, (done) =>
    onProgress('Finding neighbours', 0.25 + done * 0.25),
  );
  const umap = new UMAP({ nNeighbors, nEpochs: EPOCHS, minDist: 0.15, random: seeded() });
  umap.setPrecomputedKNN(indices, distances);
  umap.initializeFit(points);
  // The rows of the layout that it works on: from a random start, the same routes would lie elsewhere every time.
  const layout = umap.getEmbedding();
  const spread = points.reduce((most, point) => Math.max(most, Math.abs(point[0] ?? 0), Math.abs(point[1] ?? 0)), 1e-9);
  for (const [i, place] of layout.entries()) {
    place[0] = ((points[i]?.[0] ?? 0) / spread) * 10;
    place[1] = ((points[i]?.[1] ?? 0) / spread) * 10;
  }
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    umap.step();
    onProgress('Laying out', 0.5 + (epoch / EPOCHS) * 0.5);
  }
  return Float32Array.from(layout.flat());
}

function toRows(values: Float32Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ]);
}

/** Every row compared with every other: exact, and at some thousand rows as fast as a search tree. */
function nearest(
  points: readonly (readonly number[])[],
  count: number,
  onProgress: (done: number) => void,
): { readonly indices: number[][]; readonly distances: number[][] } {
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (const [i, point] of points.entries()) {
    const squares = new Float64Array(points.length);
    for (const [j, other] of points.entries()) {
      let sum = 0;
      for (let k = 0; k < point.length; k++) sum += ((point[k] as number) - (other[k] as number)) ** 2;
      squares[j] = sum;
    }
    // Itself first, as umap-js wants it, even where another is as near.
    squares[i] = -1;
    const order = smallest(squares, count);
    indices.push(order);
    distances.push(order.map((j) => Math.sqrt(Math.max(0, squares[j] as number))));
    if (i % 64 === 0) onProgress(i / points.length);
  }
  return { indices, distances };
}

/** Positions of the smallest values, ascending; equal ones in their order. */
export function smallest(values: Float64Array | Float32Array, count: number): number[] {
  const best: number[] = [];
  for (const [i, value] of values.entries()) {
    if (best.length === count && value >= (values[best[count - 1] as number] as number)) continue;
    let at = best.length;
    while (at > 0 && (values[best[at - 1] as number] as number) > value) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}

/** Mulberry32. */
function seeded(): () => number {
  let state = 42;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
