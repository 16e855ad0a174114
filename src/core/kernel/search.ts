/**
 * Owns the search: int8 first, float32 to confirm. An int8 scan bounds every row's score from below and above; a row
 * whose upper bound misses its group's worst kept lower bound cannot be among the group's best, and every other row is
 * scored in float32. So the hits are those of the full float32 scan, score for score.
 */

import type { Int8Exports, Kernel } from './types.ts';
import { LANES, STATE, STATE_BYTES } from './layout.ts';

export interface SearchQuery {
  /** Any number, each as long as the rows. */
  readonly queries: readonly Float32Array[];
  /** Group of each owner, or -1 to leave its rows out. */
  readonly groupOfOwner: Int32Array;
  readonly groupCount: number;
  /** The most hits of one group. */
  readonly hitsPerGroup: number;
  /** How to get there; the hits are the same. Default: whichever is quicker for so many rows. */
  readonly precision?: 'int8' | 'float32';
}

/** `queries x groups x hitsPerGroup`, best first; -Infinity and -1 where a group has fewer rows. */
export interface Hits {
  readonly scores: Float32Array;
  readonly ids: Int32Array;
}

export interface Rows {
  readonly kernel: Kernel;
  readonly rowCount: number;
  /** The first address behind the rows; what lies there is free between searches. */
  readonly end: number;
  readonly dimensions: number;
  readonly paddedDimensions: number;
}

/** Queries that share one walk: their int16 values stay in the first-level cache. */
const MAX_QUERIES = 32;
/** Below it two passes cost more than they save; measured in bench/scan.ts. */
const INT8_FROM_ROWS = 256;
/** Rows that a walk takes at a time: many queries share a tile of int8 rows while it is in the cache. */
const TILE_ROWS = 64;
const LONE_TILE_ROWS = 2_048;
/** Candidates kept for one query, beyond a tile's; more than a part of them alive means that int8 cannot tell the rows apart. */
const CANDIDATES = 4_096;
const FLOAT32_EPSILON = 2 ** -24;

/** Addresses of one search's scratch, behind the rows. */
interface Scratch {
  readonly groups: number;
  readonly floats: number;
  readonly shorts: number;
  readonly states: number;
  readonly bounds: number;
  readonly scores: number;
  readonly rows: number;
  readonly candidates: number;
  readonly end: number;
  /** Entries in one query's lists. */
  readonly listLength: number;
  readonly candidateBytes: number;
}

/** Hits with row numbers as ids. `reserve` makes the memory reach an address. */
export function search(rows: Rows, query: SearchQuery, reserve: (end: number) => void): Hits {
  const queryCount = query.queries.length;
  const listLength = query.groupCount * query.hitsPerGroup;
  const hits: Hits = {
    scores: new Float32Array(queryCount * listLength),
    ids: new Int32Array(queryCount * listLength),
  };
  for (let first = 0; first < queryCount; first += MAX_QUERIES) {
    const count = Math.min(MAX_QUERIES, queryCount - first);
    const scratch = layOut(rows, query, count, listLength);
    reserve(scratch.end);
    searchSome(rows, query, first, count, scratch, hits);
  }
  return hits;
}

function searchSome(rows: Rows, query: SearchQuery, first: number, count: number, scratch: Scratch, hits: Hits): void {
  const { memory, int8 } = rows.kernel;
  const floats = new Float32Array(memory.buffer);
  const ints = new Int32Array(memory.buffer);
  const { listLength } = scratch;
  const total = count * listLength;
  ints.set(query.groupOfOwner, scratch.groups / 4);
  floats.fill(-Infinity, scratch.scores / 4, scratch.scores / 4 + total);
  ints.fill(-1, scratch.rows / 4, scratch.rows / 4 + total);
  for (let i = 0; i < count; i++) {
    const start = scratch.floats / 4 + i * rows.paddedDimensions;
    floats.set(query.queries[first + i] as Float32Array, start);
    floats.fill(0, start + rows.dimensions, start + rows.paddedDimensions);
  }
  const precision = query.precision ?? (rows.rowCount >= INT8_FROM_ROWS ? 'int8' : 'float32');
  if (int8 && precision === 'int8') scanTwice(rows, int8, query, count, scratch);
  else for (let i = 0; i < count; i++) scanFloat(rows, query, i, scratch);
  hits.scores.set(floats.subarray(scratch.scores / 4, scratch.scores / 4 + total), first * listLength);
  hits.ids.set(ints.subarray(scratch.rows / 4, scratch.rows / 4 + total), first * listLength);
}

function scanFloat(
  { kernel, rowCount, paddedDimensions }: Rows,
  query: SearchQuery,
  i: number,
  scratch: Scratch,
): void {
  const list = i * scratch.listLength * 4;
  const values = scratch.floats + i * paddedDimensions * 4;
  kernel.scan.scanFloat(
    rowCount,
    values,
    scratch.groups,
    query.hitsPerGroup,
    scratch.scores + list,
    scratch.rows + list,
  );
}

function scanTwice(rows: Rows, int8: Int8Exports, query: SearchQuery, count: number, scratch: Scratch): void {
  const { rowCount, paddedDimensions, kernel } = rows;
  const { groups } = scratch;
  const { hitsPerGroup } = query;
  const abandoned = new Set<number>();
  const state = (i: number): number => scratch.states + i * STATE_BYTES;
  const { buffer } = kernel.memory;
  const ints = new Int32Array(buffer);
  const views = { floats: new Float32Array(buffer), ints, shorts: new Int16Array(buffer) };
  for (let i = 0; i < count; i++) quantizeQuery(rows, i, scratch, views);
  const tile = count < 4 ? LONE_TILE_ROWS : TILE_ROWS;
  for (let from = 0; from < rowCount; from += tile) {
    const to = Math.min(from + tile, rowCount);
    for (let i = 0; i < count;) {
      const shorts = scratch.shorts + i * paddedDimensions * 2;
      const scan = count - i >= 4 ? int8.scanInt8x4 : int8.scanInt8;
      scan(from, to, shorts, groups, hitsPerGroup, state(i));
      i += count - i >= 4 ? 4 : 1;
    }
    for (let i = 0; i < count; i++) {
      const found = (state(i) + STATE.found) / 4;
      if ((ints[found] as number) <= CANDIDATES) continue;
      if (int8.pruneCandidates(groups, hitsPerGroup, state(i)) <= CANDIDATES / 2) continue;
      abandoned.add(i);
      ints[found] = 0;
    }
  }
  for (let i = 0; i < count; i++) {
    if (abandoned.has(i)) {
      scanFloat(rows, query, i, scratch);
    } else {
      const list = i * scratch.listLength * 4;
      const values = scratch.floats + i * paddedDimensions * 4;
      int8.scoreCandidates(values, groups, hitsPerGroup, state(i), scratch.scores + list, scratch.rows + list);
    }
  }
}

/** One memory, seen as each kind of number. */
interface Views {
  readonly floats: Float32Array;
  readonly ints: Int32Array;
  readonly shorts: Int16Array;
}

/** Writes a query's int16 values and its state. */
function quantizeQuery({ paddedDimensions }: Rows, i: number, scratch: Scratch, { floats, ints, shorts }: Views): void {
  const start = scratch.floats / 4 + i * paddedDimensions;
  const end = start + paddedDimensions;
  let largest = 0;
  let squared = 0;
  for (let at = start; at < end; at++) {
    const value = floats[at] as number;
    largest = Math.max(largest, Math.abs(value));
    squared += value * value;
  }
  // The largest step whose sum over a row of 127s still fits 32 bits.
  const steps = Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * paddedDimensions)));
  const scale = largest > 1e-30 ? Math.fround(largest / steps) : 0;
  const perStep = scale > 0 ? 1 / scale : 0;
  let lost = 0;
  for (let at = start, to = scratch.shorts / 2 + i * paddedDimensions; at < end; at++, to++) {
    const value = floats[at] as number;
    const step = Math.max(-steps, Math.min(steps, Math.round(value * perStep)));
    shorts[to] = step;
    lost += (value - step * scale) ** 2;
  }
  const length = Math.sqrt(squared);
  // float32 rounding: of the additions in the float scan, one per 16 values and a few; of the score's own products. Doubled.
  const rounding = 2 * FLOAT32_EPSILON * (paddedDimensions / LANES + 16) * length;
  // An int8 row is longer than the row itself by hardly more than half a step per value, and a step is at most 1/127 of the row.
  const int8Growth = 1 + Math.sqrt(paddedDimensions) / 253;
  const state = (scratch.states + i * STATE_BYTES) / 4;
  floats[state + STATE.scale / 4] = scale;
  floats[state + STATE.length / 4] = length * 1.000001;
  floats[state + STATE.error / 4] = Math.sqrt(lost) * int8Growth + rounding;
  ints[state + STATE.bounds / 4] = scratch.bounds + i * scratch.listLength * 4;
  ints[state + STATE.candidates / 4] = scratch.candidates + i * scratch.candidateBytes;
  ints[state + STATE.found / 4] = 0;
  const bounds = (scratch.bounds + i * scratch.listLength * 4) / 4;
  floats.fill(-Infinity, bounds, bounds + scratch.listLength);
}

function layOut(rows: Rows, query: SearchQuery, count: number, listLength: number): Scratch {
  let end = align(rows.end);
  const take = (bytes: number): number => {
    const start = end;
    end = align(end + bytes);
    return start;
  };
  const lists = count * listLength * 4;
  const candidateBytes = align((CANDIDATES + LONE_TILE_ROWS) * 8);
  const scratch = {
    groups: take(query.groupOfOwner.length * 4),
    floats: take(count * rows.paddedDimensions * 4),
    shorts: take(count * rows.paddedDimensions * 2),
    states: take(count * STATE_BYTES),
    bounds: take(lists),
    scores: take(lists),
    rows: take(lists),
    candidates: take(count * candidateBytes),
  };
  return { ...scratch, end, listLength, candidateBytes };
}

/** To 64 bytes, a cache line. */
function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}
