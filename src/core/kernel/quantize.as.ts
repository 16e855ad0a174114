// Owns how a row becomes int8: its steps, its scale and a bound on what that loses, in SIMD for lengths that float32 measures
// well, and in float64 for any other.

import { ERROR, LENGTH, SCALE, VALUES, floatBytes, floatRow, int8Row, rowBytes, sumFloat32 } from './rows.as';

/** What rounding to float32 loses at most, of 1. */
const EPSILON: f64 = 5.9604644775390625e-8;

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
