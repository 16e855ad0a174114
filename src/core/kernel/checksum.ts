/** Owns the sum that tells torn bytes from whole ones; no defence against somebody who means harm. */

/**
 * FNV-1a by words in four lanes, for speed: a changed word always changes its lane. Equal words of another `seed` have
 * another sum.
 */
export function checksum(words: Uint32Array, start: number, end: number, seed: number): number {
  let a = seed ^ 0x811c9dc5;
  let b = 0x9e3779b9;
  let c = 0x85ebca6b;
  let d = 0xc2b2ae35;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    a = Math.imul(a ^ (words[i] as number), 0x01000193);
    b = Math.imul(b ^ (words[i + 1] as number), 0x01000193);
    c = Math.imul(c ^ (words[i + 2] as number), 0x01000193);
    d = Math.imul(d ^ (words[i + 3] as number), 0x01000193);
  }
  for (; i < end; i++) a = Math.imul(a ^ (words[i] as number), 0x01000193);
  for (const lane of [b, c, d]) a = Math.imul((a << 13) | (a >>> 19), 0x01000193) ^ lane;
  a ^= a >>> 16;
  return Math.imul(a, 0x85ebca6b) >>> 0;
}
