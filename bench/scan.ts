/**
 * The exact search over 50,000 x 512 unit vectors, one thread, top 5: a JavaScript loop, our float32 scan, our two-stage
 * search, usearch's exactSearch and edgevec's flat index in turn; what a batch of 32 costs; what adding costs.
 */

import { existsSync, readFileSync } from 'node:fs';
import { VectorIndex } from '../src/core/vector-index.ts';
import { createRandom, quantile, round, type Metrics } from './measure.ts';

const DIMENSIONS = 512;
const ROWS = 50_000;
const BATCH = 32;
const TOP = 5;
const ROUNDS = 40;

interface Peers {
  readonly usearch?: (query: Float32Array) => readonly number[];
  readonly edgevec?: (query: Float32Array) => readonly number[];
}

export async function run(): Promise<Metrics> {
  const vectors = unitVectors(ROWS, 1);
  const queries = unitVectors(BATCH, 2);
  const query = (i: number): Float32Array => queries.subarray((i % BATCH) * DIMENSIONS, ((i % BATCH) + 1) * DIMENSIONS);
  const batchOf = Array.from({ length: BATCH }, (_, i) => query(i));
  const index = fill(new VectorIndex(DIMENSIONS), vectors);
  const twin = fill(new VectorIndex(DIMENSIONS, 'js'), vectors);
  const peers = await openPeers(vectors);
  const oracle = Array.from({ length: BATCH }, (_, i) => naiveTop(vectors, query(i)));

  const subjects: Record<string, (q: Float32Array) => readonly number[]> = {
    scan: (q) => [...index.search(searchOf(q)).ids],
    scan_f32: (q) => [...index.search({ ...searchOf(q), precision: 'float32' }).ids],
    js_loop: (q) => naiveTop(vectors, q),
    ...(peers.usearch && { usearch: peers.usearch }),
    ...(peers.edgevec && { edgevec: peers.edgevec }),
  };
  const times: Record<string, number[]> = Object.fromEntries(
    [...Object.keys(subjects), 'batch32'].map((name) => [name, []]),
  );
  let exact = oracle.every((rows, i) => same(rows, [...twin.search(searchOf(query(i))).ids]));
  for (let i = -3; i < ROUNDS; i++) {
    const batch = timed(() => [...index.search(searchOf(...batchOf)).ids]);
    exact &&= oracle.every((rows, q) => same(rows, batch.result.slice(q * TOP, (q + 1) * TOP)));
    if (i >= 0) times['batch32']?.push(batch.ms);
    for (const [name, scan] of Object.entries(subjects)) {
      const { ms, result } = timed(() => scan(query(i + 3)));
      if (name.startsWith('scan')) exact &&= same(oracle[(i + 3) % BATCH] ?? [], result);
      if (i >= 0) times[name]?.push(ms);
    }
  }
  return {
    exact,
    ...(peers.edgevec && { edgevec_recall: round(recall(oracle, peers.edgevec, query)) }),
    ...report(times),
    ...addCosts(),
    ...(await scansByRows()),
    kernel: index.kernel,
  };
}

function report(times: Readonly<Record<string, readonly number[]>>): Metrics {
  const metrics: Record<string, number> = {};
  for (const [name, values] of Object.entries(times)) {
    metrics[`${name}_ms_min`] = round(Math.min(...values));
    metrics[`${name}_ms_p50`] = round(quantile(values, 0.5));
  }
  const of = (name: string): number => metrics[`${name}_ms_min`] ?? NaN;
  return {
    ...metrics,
    ratio_vs_usearch: round(of('usearch') / of('scan')),
    ratio_f32_to_usearch: round(of('scan_f32') / of('usearch')),
    ratio_vs_edgevec: round(of('edgevec') / of('scan')),
    batch32_per_query_ratio: round(of('batch32') / BATCH / of('scan')),
  };
}

function searchOf(...queries: Float32Array[]): {
  queries: Float32Array[];
  groupOfOwner: Int32Array;
  groupCount: number;
  hitsPerGroup: number;
} {
  return { queries, groupOfOwner: new Int32Array(1), groupCount: 1, hitsPerGroup: TOP };
}

function addCosts(): Metrics {
  const few = addCost(50);
  const many = addCost(ROWS);
  return { add_us_at_50: round(few), add_us_at_50000: round(many), add_ratio: round(many / few) };
}

/** Microseconds of one add to an index of so many rows: the median of ten means of a thousand, removed again between. */
function addCost(rows: number): number {
  const index = fill(new VectorIndex(DIMENSIONS), unitVectors(rows, 3));
  const vector = unitVectors(1, 4);
  const rounds = Array.from({ length: 12 }, () => {
    const start = performance.now();
    const ids = Array.from({ length: 1000 }, () => index.add(vector, 0));
    const ms = performance.now() - start;
    for (const id of ids) index.remove(id);
    return ms;
  });
  return quantile(rounds.slice(2), 0.5);
}

async function scansByRows(): Promise<Metrics> {
  const metrics: Record<string, number> = {};
  for (const rows of [100, 200, 500, 1_000, 10_000, 100_000, 500_000]) {
    const index = new VectorIndex(DIMENSIONS);
    const some = unitVectors(Math.min(rows, 10_000), 5);
    for (let i = 0; i < rows; i++) index.add(rowOf(some, i % 10_000), 0);
    const query = unitVectors(1, 6);
    const count = Math.max(10, Math.min(2_000, Math.floor(2e6 / rows)));
    for (const precision of ['int8', 'float32'] as const) {
      const times = Array.from(
        { length: count },
        () => timed(() => index.search({ ...searchOf(query), precision })).ms,
      );
      metrics[`scan_ms_by_rows_${rows}${precision === 'int8' ? '' : '_f32'}`] = round(Math.min(...times), 4);
    }
  }
  return metrics;
}

async function openPeers(vectors: Float32Array): Promise<Peers> {
  const folder = new URL('peers/node_modules/', import.meta.url);
  if (!existsSync(folder)) {
    console.log('peers skipped: run npm install --prefix bench/peers');
    return {};
  }
  const { exactSearch } = (await import(new URL('usearch/javascript/dist/esm/usearch.js', folder).href)) as {
    readonly exactSearch: (
      dataset: Float32Array,
      queries: Float32Array,
      dimensions: number,
      count: number,
      metric: string,
      threads: number,
    ) => { readonly keys: BigUint64Array };
  };
  return {
    usearch: (query) => Array.from(exactSearch(vectors, query, DIMENSIONS, TOP, 'ip', 1).keys, Number),
    edgevec: await openEdgevec(folder, vectors),
  };
}

interface EdgevecModule {
  readonly initSync: (options: { readonly module: Uint8Array }) => void;
  readonly EdgeVecConfig: new (dimensions: number) => { metric: string; indexType: number };
  readonly EdgeVec: new (config: object) => {
    insertBinary(bits: Uint8Array): number;
    searchBinary(bits: Uint8Array, count: number): readonly { readonly id: number }[];
  };
  readonly JsIndexType: { readonly Flat: number };
}

/** Its npm package opens the flat index for sign bits alone (float vectors go to its graph): less work, and not exact. */
async function openEdgevec(folder: URL, vectors: Float32Array): Promise<(query: Float32Array) => readonly number[]> {
  const edgevec = (await import(new URL('edgevec/edgevec.js', folder).href)) as EdgevecModule;
  edgevec.initSync({ module: readFileSync(new URL('edgevec/edgevec_bg.wasm', folder)) });
  const config = new edgevec.EdgeVecConfig(DIMENSIONS);
  config.metric = 'hamming';
  config.indexType = edgevec.JsIndexType.Flat;
  const index = new edgevec.EdgeVec(config);
  const rowOfId = new Map<number, number>();
  for (let i = 0; i < ROWS; i++) rowOfId.set(index.insertBinary(signBits(rowOf(vectors, i))), i);
  return (query) => index.searchBinary(signBits(query), TOP).map(({ id }) => rowOfId.get(id) ?? -1);
}

function signBits(vector: Float32Array): Uint8Array {
  const bits = new Uint8Array(DIMENSIONS / 8);
  for (const [i, value] of vector.entries()) if (value > 0) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
  return bits;
}

function fill(index: VectorIndex, vectors: Float32Array): VectorIndex {
  for (let i = 0; i < vectors.length / DIMENSIONS; i++) index.add(rowOf(vectors, i), 0);
  return index;
}

function rowOf(vectors: Float32Array, row: number): Float32Array {
  return vectors.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS);
}

/** Directions without preference: normal values, normalised. */
function unitVectors(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const vectors = new Float32Array(count * DIMENSIONS);
  for (let start = 0; start < vectors.length; start += DIMENSIONS) {
    let squared = 0;
    for (let i = start; i < start + DIMENSIONS; i++) {
      const value = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      vectors[i] = value;
      squared += value * value;
    }
    for (let i = start; i < start + DIMENSIONS; i++) vectors[i] = (vectors[i] as number) / Math.sqrt(squared);
  }
  return vectors;
}

/** The oracle, and the JavaScript loop that a router would otherwise have. */
function naiveTop(vectors: Float32Array, query: Float32Array): number[] {
  const best: { row: number; score: number }[] = [];
  for (let row = 0, at = 0; at < vectors.length; row++, at += DIMENSIONS) {
    let score = 0;
    for (let i = 0; i < DIMENSIONS; i++) score += (vectors[at + i] as number) * (query[i] as number);
    if (best.length === TOP && score <= (best[TOP - 1]?.score ?? 0)) continue;
    best.push({ row, score });
    best.sort((a, b) => b.score - a.score || a.row - b.row);
    if (best.length > TOP) best.pop();
  }
  return best.map(({ row }) => row);
}

/** Share of the true hits that a peer finds. */
function recall(
  oracle: readonly (readonly number[])[],
  scan: (query: Float32Array) => readonly number[],
  query: (i: number) => Float32Array,
): number {
  const found = oracle.map((rows, i) => scan(query(i)).filter((row) => rows.includes(row)).length);
  return found.reduce((sum, count) => sum + count, 0) / (oracle.length * TOP);
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function timed<T>(step: () => T): { readonly ms: number; readonly result: T } {
  const start = performance.now();
  const result = step();
  return { ms: performance.now() - start, result };
}
