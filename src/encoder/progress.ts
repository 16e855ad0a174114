/** Owns many files' progress as one. */

import type { LoadProgress } from '../core/types.ts';
import type { ReadOptions } from './model-source.ts';

/** One listener for each of the named files; together they tell the whole. */
export function trackFiles(
  names: readonly string[],
  onProgress: ((progress: LoadProgress) => void) | undefined,
): readonly NonNullable<ReadOptions['onProgress']>[] {
  const files = names.map((name) => ({ name, loadedBytes: 0, totalBytes: undefined as number | undefined }));
  return files.map((file) => (loadedBytes, totalBytes) => {
    Object.assign(file, { loadedBytes, totalBytes });
    onProgress?.({
      loadedBytes: sum(files.map((each) => each.loadedBytes)) ?? 0,
      totalBytes: sum(files.map((each) => each.totalBytes)),
      file: { ...file },
    });
  });
}

/** `undefined` as soon as one part is. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((total, value) => (total === undefined || value === undefined ? undefined : total + value), 0);
}
