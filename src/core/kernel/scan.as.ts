// Owns the arithmetic over rows, compiled from AssemblyScript to WASM SIMD: exact float32 scans, int8 scans with error
// bounds, and the rescoring that makes both agree. Knows addresses and row numbers, neither ids nor routes.
//
// Memory: rows lie in blocks of 1,024, so that a scan reads long stretches (with 64 it takes 1.7 times as long). A block is
// its int8 rows with headers, then the same rows in float32. Values are padded with zeros to a multiple of 16. Around them
// the caller keeps groups, lists and query states (below).

const BLOCK_ROWS: i32 = 1024;
const BLOCK_SHIFT: i32 = 10;
/** What rounding to float32 loses at most, of 1. */
const EPSILON: f64 = 5.9604644775390625e-8;

// A row's header, in front of its int8 values.
const SCALE: usize = 0; // float32: the value of one int8 step
const ERROR: usize = 4; // float32: length of what quantisation lost, rounded up
const LENGTH: usize = 8; // float32: the row's own length, rounded up
const OWNER: usize = 12; // int32
const VALUES: usize = 16;

// A query's state, 32 bytes.
const QUERY_SCALE: usize = 0; // float32: the value of one int16 step
const QUERY_LENGTH: usize = 4; // float32, rounded up
const QUERY_ERROR: usize = 8; // float32: what int16 quantisation and float32 rounding lose for a row of length 1
const BOUNDS: usize = 12; // address: per group, `count` lower bounds, best first
const CANDIDATES: usize = 16; // address: pairs of row number and upper bound
const FOUND: usize = 20; // int32: pairs so far
const STATE_BYTES: usize = 32;

let base: usize = 0;
let rowBytes: usize = 0; // of int8 row and header
let floatBytes: usize = 0; // of a float32 row
let blockBytes: usize = 0;

export function setLayout(address: usize, paddedDimensions: usize): void {
  base = address;
  rowBytes = VALUES + paddedDimensions;
  floatBytes = paddedDimensions << 2;
  blockBytes = (rowBytes + floatBytes) << BLOCK_SHIFT;
}

@inline
function int8Row(row: i32): usize {
  return base + <usize>(row >> BLOCK_SHIFT) * blockBytes + <usize>(row & (BLOCK_ROWS - 1)) * rowBytes;
}

@inline
function floatRow(row: i32): usize {
  return base + <usize>(row >> BLOCK_SHIFT) * blockBytes + (rowBytes << BLOCK_SHIFT) + <usize>(row & (BLOCK_ROWS - 1)) * floatBytes;
}

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
function sumFloat32(a: v128): f32 {
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
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

// Makes a row's int8 copy, scale, error and length from its float32 values.
export function quantizeRow(row: i32): void {
  const from = floatRow(row);
  const to = int8Row(row);
  const largest = largestOf(from);
  // Where no square is in danger of over- or underflow, float32 measures well enough.
  if (largest > 1e-12 && largest < 1e12) quantizeFast(from, to, largest);
  else quantizeWide(from, to, largest);
}

// The largest magnitude of a row; NaN counts for nothing.
@inline
function largestOf(from: usize): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (let i: usize = 0; i < floatBytes; i += 64) {
    a = f32x4.pmax(a, f32x4.abs(v128.load(from + i)));
    b = f32x4.pmax(b, f32x4.abs(v128.load(from + i, 16)));
    c = f32x4.pmax(c, f32x4.abs(v128.load(from + i, 32)));
    d = f32x4.pmax(d, f32x4.abs(v128.load(from + i, 48)));
  }
  const m = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
  return max(max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)), max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)));
}

// Added to a float32 below 2^22 it leaves, in the low bits, the nearest integer.
const ROUND: f32 = 12582912;

@inline
function narrow(a: v128, b: v128): v128 {
  const round = f32x4.splat(ROUND);
  return i16x8.narrow_i32x4_s(i32x4.sub(a, round), i32x4.sub(b, round));
}

@inline
function squareOf(v: v128): v128 {
  return f32x4.mul(v, v);
}

// In float32, whose own rounding the bounds allow for: of a step's value and of the difference at most 2^-24 of the largest
// value each time (doubled here), and of a sum of squares as many times 2^-24 as there are additions one after the other.
@inline
function quantizeFast(from: usize, to: usize, largest: f32): void {
  const scale: f32 = largest / 127;
  const perStep = f32x4.splat(127 / largest);
  const scales = f32x4.splat(scale);
  const round = f32x4.splat(ROUND);
  let lost = f32x4.splat(0);
  let squared = f32x4.splat(0);
  for (let i: usize = 0; i < floatBytes; i += 64) {
    const v0 = v128.load(from + i);
    const v1 = v128.load(from + i, 16);
    const v2 = v128.load(from + i, 32);
    const v3 = v128.load(from + i, 48);
    const s0 = f32x4.add(f32x4.mul(v0, perStep), round);
    const s1 = f32x4.add(f32x4.mul(v1, perStep), round);
    const s2 = f32x4.add(f32x4.mul(v2, perStep), round);
    const s3 = f32x4.add(f32x4.mul(v3, perStep), round);
    v128.store(to + (i >> 2), i8x16.narrow_i16x8_s(narrow(s0, s1), narrow(s2, s3)), VALUES);
    const e0 = f32x4.sub(v0, f32x4.mul(f32x4.sub(s0, round), scales));
    const e1 = f32x4.sub(v1, f32x4.mul(f32x4.sub(s1, round), scales));
    const e2 = f32x4.sub(v2, f32x4.mul(f32x4.sub(s2, round), scales));
    const e3 = f32x4.sub(v3, f32x4.mul(f32x4.sub(s3, round), scales));
    lost = f32x4.add(lost, f32x4.add(f32x4.add(squareOf(e0), squareOf(e1)), f32x4.add(squareOf(e2), squareOf(e3))));
    squared = f32x4.add(squared, f32x4.add(f32x4.add(squareOf(v0), squareOf(v1)), f32x4.add(squareOf(v2), squareOf(v3))));
  }
  const dimensions = <f64>(floatBytes >> 2);
  const growth = 1.000001 + (dimensions / 16 + 16) * EPSILON;
  const rounding = 2 * EPSILON * <f64>largest * sqrt(dimensions);
  store<f32>(to, scale, SCALE);
  store<f32>(to, <f32>(sqrt(<f64>sumFloat32(lost)) * growth + rounding), ERROR);
  store<f32>(to, <f32>(sqrt(<f64>sumFloat32(squared)) * growth), LENGTH);
}

// In float64, for values of any size.
function quantizeWide(from: usize, to: usize, largest: f32): void {
  const end = rowBytes - VALUES;
  // Below this a step would be a denormal, whose quotient may overflow: such a row is all error.
  const scale: f32 = largest > 1e-30 ? largest / 127 : 0;
  let lost: f64 = 0;
  let squared: f64 = 0;
  for (let i: usize = 0; i < end; i++) {
    const value = load<f32>(from + (i << 2));
    const step: f32 = scale > 0 ? max<f32>(-127, min<f32>(127, nearest(value / scale))) : 0;
    store<i8>(to + i, <i8>step, VALUES);
    const error = <f64>value - <f64>step * <f64>scale;
    lost += error * error;
    squared += <f64>value * <f64>value;
  }
  store<f32>(to, scale, SCALE);
  store<f32>(to, <f32>(sqrt(lost) * 1.000001), ERROR);
  store<f32>(to, <f32>(sqrt(squared) * 1.000001), LENGTH);
}

export function copyRow(from: i32, to: i32): void {
  memory.copy(int8Row(to), int8Row(from), rowBytes);
  memory.copy(floatRow(to), floatRow(from), floatBytes);
}
