/** Owns what tells whether two tabs ask for the same: their options as text, with bytes as a hash. */

/** FNV-1a; tells files apart that differ by mistake, not by malice. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x81_1c_9d_c5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01_00_01_93);
  return hash >>> 0;
}

/** Of plain data; the order of keys counts for nothing. */
export function fingerprintOf(value: unknown): string {
  if (value instanceof ArrayBuffer) return fingerprintOf(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) {
    return `bytes ${value.byteLength} ${hashOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, item]) => `${key}:${fingerprintOf(item)}`).join()}}`;
}
