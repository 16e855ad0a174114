// Owns the search's arithmetic, compiled from AssemblyScript to WASM SIMD: exact float32 scans, int8 scans with error bounds,
// and the rescoring that makes both agree. Knows addresses and row numbers, neither ids nor routes. Around the rows (rows.as.ts)
// the caller keeps groups, lists and query states (below). It is the entry of the module.

import { ERROR, LENGTH, OWNER, SCALE, VALUES, floatBytes, floatRow, int8Row, rowBytes, sumFloat32 } from './rows.as';

export { copyRow, setLayout } from './rows.as';
export { quantizeRow } from './quantize.as';
export { takeRows } from './take.as';

// A query's state, 32 bytes.
const QUERY_SCALE: usize = 0; // float32: the value of one int16 step
const QUERY_LENGTH: usize = 4; // float32, rounded up
const QUERY_ERROR: usize = 8; // float32: what int16 quantisation and float32 rounding lose for a row of length 1
const BOUNDS: usize = 12; // address: per group, `count` lower bounds, best first
const CANDIDATES: usize = 16; // address: pairs of row number and upper bound
const FOUND: usize = 20; // int32: pairs so far
const STATE_BYTES: usize = 32;

@inline
function groupOfRow(int8: usize, groups: usize): i32 {
  return load<i32>(groups + (<usize>load<i32>(int8, OWNER) << 2));
}

// The order of the additions is part of the contract: the JavaScript twin adds in the same order.
@inline
function dotFloat(row: usize, query: usize): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (let i: usize = 0; i < floatBytes; i += 64) {
    a = f32x4.add(a, f32x4.mul(v128.load(row + i), v128.load(query + i)));
    b = f32x4.add(b, f32x4.mul(v128.load(row + i, 16), v128.load(query + i, 16)));
    c = f32x4.add(c, f32x4.mul(v128.load(row + i, 32), v128.load(query + i, 32)));
    d = f32x4.add(d, f32x4.mul(v128.load(row + i, 48), v128.load(query + i, 48)));
  }
  return sumFloat32(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

@inline
function sumInt32(a: v128): i32 {
  return i32x4.extract_lane(a, 0) + i32x4.extract_lane(a, 1) + i32x4.extract_lane(a, 2) + i32x4.extract_lane(a, 3);
}

// Offers a hit to its group's list of the `count` best; an equal score stays behind the one that was there first.
@inline
function offerHit(scores: usize, rows: usize, count: i32, group: i32, score: f32, row: i32): void {
  const list = <usize>(group * count) << 2;
  let at = list + (<usize>(count - 1) << 2);
  if (!(score > load<f32>(scores + at))) return;
  while (at > list && load<f32>(scores + at - 4) < score) {
    store<f32>(scores + at, load<f32>(scores + at - 4));
    store<i32>(rows + at, load<i32>(rows + at - 4));
    at -= 4;
  }
  store<f32>(scores + at, score);
  store<i32>(rows + at, row);
}

// Scores every row in float32 and keeps each group's `count` best.
export function scanFloat(rowCount: i32, query: usize, groups: usize, count: i32, scores: usize, rows: usize): void {
  for (let row = 0; row < rowCount; row++) {
    const group = groupOfRow(int8Row(row), groups);
    if (group >= 0) offerHit(scores, rows, count, group, dotFloat(floatRow(row), query), row);
  }
}

// Notes a row whose upper bound reaches its group's `count`-th best lower bound, and raises the lower bounds. `list` is the
// address of the group's bounds. Apart from the scans, for of many rows few come here.
function noteCandidate(state: usize, list: usize, count: i32, score: f32, error: f32, row: i32): void {
  const found = load<i32>(state, FOUND);
  const pair = load<usize>(state, CANDIDATES) + (<usize>found << 3);
  store<i32>(pair, row);
  store<f32>(pair, score + error, 4);
  store<i32>(state, found + 1, FOUND);
  const lower = score - error;
  let at = list + (<usize>(count - 1) << 2);
  if (!(lower > load<f32>(at))) return;
  while (at > list && load<f32>(at - 4) < lower) {
    store<f32>(at, load<f32>(at - 4));
    at -= 4;
  }
  store<f32>(at, lower);
}

// Scans rows `first` to `last` in int8 for one query; the caller leaves room for as many candidates more.
export function scanInt8(first: i32, last: i32, query: usize, groups: usize, count: i32, state: usize): void {
  const end = rowBytes - VALUES;
  const bounds = load<usize>(state, BOUNDS);
  const queryScale = load<f32>(state, QUERY_SCALE);
  const queryLength = load<f32>(state, QUERY_LENGTH);
  const queryError = load<f32>(state, QUERY_ERROR);
  const worst = <usize>(count - 1) << 2;
  for (let row = first; row < last; row++) {
    const int8 = int8Row(row);
    const group = groupOfRow(int8, groups);
    if (group < 0) continue;
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    for (let i: usize = 0; i < end; i += 16) {
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(int8 + i, VALUES), v128.load(query + (i << 1))));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(int8 + i, VALUES + 8), v128.load(query + (i << 1), 16)));
    }
    const score = <f32>sumInt32(i32x4.add(a, b)) * (load<f32>(int8, SCALE) * queryScale);
    const error = load<f32>(int8, ERROR) * queryLength + load<f32>(int8, LENGTH) * queryError;
    const list = bounds + (<usize>(group * count) << 2);
    if (score + error >= load<f32>(list + worst)) noteCandidate(state, list, count, score, error, row);
  }
}

// One number of four queries' states, as a vector.
@inline
function ofFour(state: usize, field: usize): v128 {
  let v = v128.load_splat<f32>(state + field);
  v = v128.load_lane<f32>(state + field + STATE_BYTES, v, 1);
  v = v128.load_lane<f32>(state + field + 2 * STATE_BYTES, v, 2);
  return v128.load_lane<f32>(state + field + 3 * STATE_BYTES, v, 3);
}

// The sums of four vectors' lanes, as one vector.
@inline
function sumEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

// The same for four queries, whose values and states lie behind each other: a row is read and widened once for all.
export function scanInt8x4(first: i32, last: i32, query: usize, groups: usize, count: i32, state: usize): void {
  const end = rowBytes - VALUES;
  const q1 = query + (end << 1);
  const q2 = q1 + (end << 1);
  const q3 = q2 + (end << 1);
  const scales = ofFour(state, QUERY_SCALE);
  const lengths = ofFour(state, QUERY_LENGTH);
  const errors = ofFour(state, QUERY_ERROR);
  const bounds = load<usize>(state, BOUNDS);
  // The four lists of bounds lie behind each other.
  const apart = load<usize>(state + STATE_BYTES, BOUNDS) - bounds;
  const worst = <usize>(count - 1) << 2;
  for (let row = first; row < last; row++) {
    const int8 = int8Row(row);
    const group = groupOfRow(int8, groups);
    if (group < 0) continue;
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    for (let i: usize = 0; i < end; i += 16) {
      const low = v128.load_ext<i8>(int8 + i, VALUES);
      const high = v128.load_ext<i8>(int8 + i, VALUES + 8);
      const at = i << 1;
      a = i32x4.add(i32x4.add(a, i32x4.dot_i16x8_s(low, v128.load(query + at))), i32x4.dot_i16x8_s(high, v128.load(query + at, 16)));
      b = i32x4.add(i32x4.add(b, i32x4.dot_i16x8_s(low, v128.load(q1 + at))), i32x4.dot_i16x8_s(high, v128.load(q1 + at, 16)));
      c = i32x4.add(i32x4.add(c, i32x4.dot_i16x8_s(low, v128.load(q2 + at))), i32x4.dot_i16x8_s(high, v128.load(q2 + at, 16)));
      d = i32x4.add(i32x4.add(d, i32x4.dot_i16x8_s(low, v128.load(q3 + at))), i32x4.dot_i16x8_s(high, v128.load(q3 + at, 16)));
    }
    const sums = f32x4.convert_i32x4_s(sumEach(a, b, c, d));
    const score = f32x4.mul(sums, f32x4.mul(v128.load_splat<f32>(int8 + SCALE), scales));
    const error = f32x4.add(f32x4.mul(v128.load_splat<f32>(int8 + ERROR), lengths), f32x4.mul(v128.load_splat<f32>(int8 + LENGTH), errors));
    const list = bounds + (<usize>(group * count) << 2);
    let least = v128.load_splat<f32>(list + worst);
    least = v128.load_lane<f32>(list + apart + worst, least, 1);
    least = v128.load_lane<f32>(list + 2 * apart + worst, least, 2);
    least = v128.load_lane<f32>(list + 3 * apart + worst, least, 3);
    const reaches = i32x4.bitmask(f32x4.ge(f32x4.add(score, error), least));
    if (reaches == 0) continue;
    if (reaches & 1) noteCandidate(state, list, count, f32x4.extract_lane(score, 0), f32x4.extract_lane(error, 0), row);
    if (reaches & 2) noteCandidate(state + STATE_BYTES, list + apart, count, f32x4.extract_lane(score, 1), f32x4.extract_lane(error, 1), row);
    if (reaches & 4) noteCandidate(state + 2 * STATE_BYTES, list + 2 * apart, count, f32x4.extract_lane(score, 2), f32x4.extract_lane(error, 2), row);
    if (reaches & 8) noteCandidate(state + 3 * STATE_BYTES, list + 3 * apart, count, f32x4.extract_lane(score, 3), f32x4.extract_lane(error, 3), row);
  }
}

// Drops the candidates that later bounds have ruled out; returns how many are left.
export function pruneCandidates(groups: usize, count: i32, state: usize): i32 {
  const found = load<i32>(state, FOUND);
  const candidates = load<usize>(state, CANDIDATES);
  const bounds = load<usize>(state, BOUNDS);
  let kept = 0;
  for (let i = 0; i < found; i++) {
    const pair = candidates + (<usize>i << 3);
    const group = groupOfRow(int8Row(load<i32>(pair)), groups);
    if (load<f32>(pair, 4) < load<f32>(bounds + (<usize>(group * count + count - 1) << 2))) continue;
    store<u64>(candidates + (<usize>kept << 3), load<u64>(pair));
    kept++;
  }
  store<i32>(state, kept, FOUND);
  return kept;
}

// Scores the candidates in float32, exactly as `scanFloat` scores all rows, and in the same order.
export function scoreCandidates(query: usize, groups: usize, count: i32, state: usize, scores: usize, rows: usize): void {
  const found = pruneCandidates(groups, count, state);
  const candidates = load<usize>(state, CANDIDATES);
  for (let i = 0; i < found; i++) {
    const row = load<i32>(candidates + (<usize>i << 3));
    offerHit(scores, rows, count, groupOfRow(int8Row(row), groups), dotFloat(floatRow(row), query), row);
  }
}
