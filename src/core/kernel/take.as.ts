// Owns the taking in of rows that come from a storage: whether they are what was stored, and who owns them.

import { areSealed } from './checksum.as';
import { OWNER, floatBytes, floatRow, int8Row, sumFloat32 } from './rows.as';

// In float32; infinite where a square is, and 0 where all are too small.
function squaredLength(row: i32): f64 {
  const from = floatRow(row);
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (let i: usize = 0; i < floatBytes; i += 64) {
    a = f32x4.add(a, squareAt(from + i));
    b = f32x4.add(b, squareAt(from + i + 16));
    c = f32x4.add(c, squareAt(from + i + 32));
    d = f32x4.add(d, squareAt(from + i + 48));
  }
  return <f64>sumFloat32(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

@inline
function squareAt(at: usize): v128 {
  const v = v128.load(at);
  return f32x4.mul(v, v);
}

function isZero(row: i32): bool {
  const from = floatRow(row);
  for (let i: usize = 0; i < floatBytes; i += 16) {
    if (v128.any_true(f32x4.ne(v128.load(from + i), f32x4.splat(0)))) return false;
  }
  return true;
}

// Takes in rows of one block whose float32 values are there, and gives each the owner that waits for it, of int32 at `owners`
// (-1: none does). Returns how many owners there were; -1 where a row has not its checksum (see `areSealed`; `seals` 0: none is
// asked for), or neither unit length, within `tolerance` of its square, nor none.
export function takeRows(first: i32, count: i32, length: i32, seals: usize, owners: usize, tolerance: f64): i32 {
  if (seals != 0 && !areSealed(first, count, length, seals)) return -1;
  let taken = 0;
  for (let i = 0; i < count; i++) {
    const row = first + i;
    // Not of NaN either.
    if (!(abs(squaredLength(row) - 1) < tolerance) && !isZero(row)) return -1;
    const owner = load<i32>(owners + (<usize>i << 2));
    if (owner < 0) continue;
    store<i32>(int8Row(row), owner, OWNER);
    taken++;
  }
  return taken;
}
