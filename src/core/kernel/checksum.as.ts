// Owns the checksum of a row's float32 words, the same as that of checksum.ts, whose four lanes are one register here.

import { floatRow } from './rows.as';

const PRIME: i32 = 0x01000193;

// Of the first `length` words.
export function checksumRow(row: i32, length: i32, seed: i32): i32 {
  let at = floatRow(row);
  const end = at + (<usize>length << 2);
  const primes = i32x4.splat(PRIME);
  let lanes = i32x4.replace_lane(i32x4(0, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35), 0, seed ^ 0x811c9dc5);
  for (; at + 16 <= end; at += 16) lanes = i32x4.mul(v128.xor(lanes, v128.load(at)), primes);
  let a = i32x4.extract_lane(lanes, 0);
  for (; at < end; at += 4) a = (a ^ load<i32>(at)) * PRIME;
  a = rotl(a, 13) * PRIME ^ i32x4.extract_lane(lanes, 1);
  a = rotl(a, 13) * PRIME ^ i32x4.extract_lane(lanes, 2);
  a = rotl(a, 13) * PRIME ^ i32x4.extract_lane(lanes, 3);
  a ^= a >>> 16;
  return a * 0x85ebca6b;
}
