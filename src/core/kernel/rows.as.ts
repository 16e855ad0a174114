// Owns where rows lie in memory. They lie in blocks of 1,024, so that a scan reads long stretches (with 64 it takes 1.7 times
// as long). A block is its int8 rows with headers, then the same rows in float32. Values are padded with zeros to a multiple
// of 16.

const BLOCK_ROWS: i32 = 1024;
const BLOCK_SHIFT: i32 = 10;

// A row's header, in front of its int8 values.
export const SCALE: usize = 0; // float32: the value of one int8 step
export const ERROR: usize = 4; // float32: length of what quantisation lost, rounded up
export const LENGTH: usize = 8; // float32: the row's own length, rounded up
export const OWNER: usize = 12; // int32
export const VALUES: usize = 16;

let base: usize = 0;
export let rowBytes: usize = 0; // of int8 row and header
export let floatBytes: usize = 0; // of a float32 row
let blockBytes: usize = 0;

export function setLayout(address: usize, paddedDimensions: usize): void {
  base = address;
  rowBytes = VALUES + paddedDimensions;
  floatBytes = paddedDimensions << 2;
  blockBytes = (rowBytes + floatBytes) << BLOCK_SHIFT;
}

@inline
export function int8Row(row: i32): usize {
  return base + <usize>(row >> BLOCK_SHIFT) * blockBytes + <usize>(row & (BLOCK_ROWS - 1)) * rowBytes;
}

@inline
export function floatRow(row: i32): usize {
  return base + <usize>(row >> BLOCK_SHIFT) * blockBytes + (rowBytes << BLOCK_SHIFT) + <usize>(row & (BLOCK_ROWS - 1)) * floatBytes;
}

export function copyRow(from: i32, to: i32): void {
  memory.copy(int8Row(to), int8Row(from), rowBytes);
  memory.copy(floatRow(to), floatRow(from), floatBytes);
}

@inline
export function sumFloat32(a: v128): f32 {
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
}
