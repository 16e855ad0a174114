/** Owns what must be true of a vector. */

/** The squared lengths of float32 unit vectors of up to some thousand dimensions stay well within this of 1. */
export const UNIT_TOLERANCE = 1e-3;

/** By its tag, for an array of another realm (a vm context of a test runner) is no instance of this one's class. */
export function isFloat32Array(value: unknown): value is Float32Array {
  return Object.prototype.toString.call(value) === '[object Float32Array]';
}

export function isZero(vector: Float32Array): boolean {
  return vector.every((value) => value === 0);
}

/** Whether a vector of that length may be compared. Also `false` for NaN and Infinity. */
export function isUnitOrZero(length: number): boolean {
  return length === 0 || Math.abs(length ** 2 - 1) < UNIT_TOLERANCE;
}

export function lengthOf(vector: Float32Array): number {
  let squared = 0;
  for (let i = 0; i < vector.length; i++) squared += (vector[i] as number) ** 2;
  return Math.sqrt(squared);
}

/** The unit vector that points where a sum does, and the sum's length; zeros where that is 0. */
export function directionOf(sum: Float64Array): { readonly vector: Float32Array; readonly length: number } {
  let squared = 0;
  for (let d = 0; d < sum.length; d++) squared += (sum[d] as number) ** 2;
  const length = Math.sqrt(squared);
  const scale = length > 0 ? 1 / length : 0;
  const vector = new Float32Array(sum.length);
  for (let d = 0; d < sum.length; d++) vector[d] = (sum[d] as number) * scale;
  return { vector, length };
}
