/** Owns typed arrays that grow: the next length, and a copy of what was there. */

type Growable = Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** The array itself where it is long enough; else one of at least twice the length, its new part filled with `fill`. */
export function grown<T extends Growable>(array: T, length: number, fill = 0): T {
  if (length <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(length, array.length * 2));
  larger.set(array);
  if (fill !== 0) larger.fill(fill, array.length);
  return larger;
}
