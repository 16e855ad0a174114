// Owns the taking in of rows that come from a storage: whether they are what was stored, and who owns them.

import { areSealed } from './checksum.as';
import { quantizeRow } from './quantize.as';
import { LENGTH, OWNER, int8Row } from './rows.as';

// Takes in rows of one block whose float32 values are there, and gives each the owner that waits for it, of int32 at `owners`
// (-1: none does). Returns how many owners there were; -1 where a row has not its checksum (see `areSealed`; `seals` 0: none is
// asked for), or neither unit length, within `tolerance` of its square, nor none.
export function takeRows(first: i32, count: i32, length: i32, seals: usize, owners: usize, tolerance: f64): i32 {
  if (seals != 0 && !areSealed(first, count, length, seals)) return -1;
  let taken = 0;
  for (let i = 0; i < count; i++) {
    quantizeRow(first + i);
    const row = int8Row(first + i);
    const measured = <f64>load<f32>(row, LENGTH);
    // Not of NaN either.
    if (measured != 0 && !(abs(measured * measured - 1) < tolerance)) return -1;
    const owner = load<i32>(owners + (<usize>i << 2));
    if (owner < 0) continue;
    store<i32>(row, owner, OWNER);
    taken++;
  }
  return taken;
}
