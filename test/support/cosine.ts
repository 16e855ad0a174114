/** Golden vectors, and how near two vectors are. */

export interface GoldenVector {
  readonly text: string;
  readonly vector: Float32Array;
}

/** What sentence-transformers on PyTorch makes of 50 texts; `vector` is base64 of little-endian float32. */
export function parseGolden(
  rows: readonly { readonly text: string; readonly vector: string }[],
): readonly GoldenVector[] {
  return rows.map(({ text, vector }) => {
    const bytes = Uint8Array.from(atob(vector), (character) => character.charCodeAt(0));
    return { text, vector: new Float32Array(bytes.buffer) };
  });
}

export function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0) / (Math.hypot(...a) * Math.hypot(...b));
}
