// Owns the checksum of a row's float32 words, the same as that of checksum.ts, whose four lanes are one register here.

import { floatBytes, floatRow } from './rows.as';

const PRIME: i32 = 0x01000193;

@inline
function start(seed: i32): v128 {
  return i32x4.replace_lane(i32x4(0, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35), 0, seed ^ 0x811c9dc5);
}

@inline
function step(lanes: v128, at: usize): v128 {
  return i32x4.mul(v128.xor(lanes, v128.load(at)), i32x4.splat(PRIME));
}

// One of the steps that bring a row's lanes together.
@inline
function join(a: v128, lane: v128): v128 {
  return v128.xor(i32x4.mul(v128.or(i32x4.shl(a, 13), i32x4.shr_u(a, 19)), i32x4.splat(PRIME)), lane);
}

// Of four rows, whose lanes `a` to `d` are those of one row each.
@inline
function finishFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const firstAB = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const firstCD = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const lastAB = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const lastCD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  let sums = v128.shuffle<i64>(firstAB, firstCD, 0, 2);
  sums = join(sums, v128.shuffle<i64>(firstAB, firstCD, 1, 3));
  sums = join(sums, v128.shuffle<i64>(lastAB, lastCD, 0, 2));
  sums = join(sums, v128.shuffle<i64>(lastAB, lastCD, 1, 3));
  sums = v128.xor(sums, i32x4.shr_u(sums, 16));
  return i32x4.mul(sums, i32x4.splat(0x85ebca6b));
}

// Of one row: the words that fill no register, and the end.
@inline
function finish(lanes: v128, from: usize, end: usize): i32 {
  let a = i32x4.extract_lane(lanes, 0);
  for (let at = from; at < end; at += 4) a = (a ^ load<i32>(at)) * PRIME;
  a = rotl(a, 13) * PRIME ^ i32x4.extract_lane(lanes, 1);
  a = rotl(a, 13) * PRIME ^ i32x4.extract_lane(lanes, 2);
  a = rotl(a, 13) * PRIME ^ i32x4.extract_lane(lanes, 3);
  a ^= a >>> 16;
  return a * 0x85ebca6b;
}

// Whether `count` rows of one block have their checksums. At `seals` lie two int32 for each: seed and checksum of its first
// `length` words, which are all of the row's where there are many rows. Four at a time, for each step of one waits for the
// one before.
export function areSealed(first: i32, count: i32, length: i32, seals: usize): bool {
  let row = floatRow(first);
  let seal = seals;
  let left = count;
  for (; left >= 4; left -= 4) {
    let a = start(load<i32>(seal));
    let b = start(load<i32>(seal, 8));
    let c = start(load<i32>(seal, 16));
    let d = start(load<i32>(seal, 24));
    const end = row + floatBytes;
    for (; row < end; row += 16) {
      a = step(a, row);
      b = step(b, row + floatBytes);
      c = step(c, row + floatBytes * 2);
      d = step(d, row + floatBytes * 3);
    }
    const wanted = v128.shuffle<i32>(v128.load(seal), v128.load(seal, 16), 1, 3, 5, 7);
    if (!i32x4.all_true(i32x4.eq(finishFour(a, b, c, d), wanted))) return false;
    row += floatBytes * 3;
    seal += 32;
  }
  for (; left > 0; left--) {
    const end = row + (<usize>length << 2);
    let at = row;
    let lanes = start(load<i32>(seal));
    for (; at + 16 <= end; at += 16) lanes = step(lanes, at);
    if (finish(lanes, at, end) != load<i32>(seal, 4)) return false;
    row += floatBytes;
    seal += 8;
  }
  return true;
}
