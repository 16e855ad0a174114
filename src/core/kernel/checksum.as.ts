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

// The words that fill no register, and the end.
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
// `length` words. Four at a time, for each step of one waits for the one before.
export function areSealed(first: i32, count: i32, length: i32, seals: usize): bool {
  let row = floatRow(first);
  let seal = seals;
  const bytes = <usize>length << 2;
  const whole = bytes & ~15;
  let left = count;
  for (; left >= 4; left -= 4) {
    const b = row + floatBytes;
    const c = b + floatBytes;
    const d = c + floatBytes;
    let lanesA = start(load<i32>(seal));
    let lanesB = start(load<i32>(seal, 8));
    let lanesC = start(load<i32>(seal, 16));
    let lanesD = start(load<i32>(seal, 24));
    for (let i: usize = 0; i < whole; i += 16) {
      lanesA = step(lanesA, row + i);
      lanesB = step(lanesB, b + i);
      lanesC = step(lanesC, c + i);
      lanesD = step(lanesD, d + i);
    }
    const areSound =
      finish(lanesA, row + whole, row + bytes) == load<i32>(seal, 4) &&
      finish(lanesB, b + whole, b + bytes) == load<i32>(seal, 12) &&
      finish(lanesC, c + whole, c + bytes) == load<i32>(seal, 20) &&
      finish(lanesD, d + whole, d + bytes) == load<i32>(seal, 28);
    if (!areSound) return false;
    row = d + floatBytes;
    seal += 32;
  }
  for (; left > 0; left--) {
    let lanes = start(load<i32>(seal));
    for (let i: usize = 0; i < whole; i += 16) lanes = step(lanes, row + i);
    if (finish(lanes, row + whole, row + bytes) != load<i32>(seal, 4)) return false;
    row += floatBytes;
    seal += 8;
  }
  return true;
}
