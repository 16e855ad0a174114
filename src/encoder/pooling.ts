/** Owns the arithmetic between a model's output and unit vectors. */

/** How the tokens' vectors become the text's: their mean, the first, the last; `none`: the model has done it. */
export type Pooling = 'mean' | 'cls' | 'last' | 'none';

export const POOLINGS: readonly Pooling[] = ['mean', 'cls', 'last', 'none'];

/** One vector for each text of its own tokens: `[texts, length, dimensions]` to `[texts, dimensions]`. */
export function poolTokens(
  values: Float32Array,
  tokenCounts: readonly number[],
  length: number,
  dimensions: number,
  pooling: Exclude<Pooling, 'none'>,
): Float32Array {
  if (pooling === 'mean') return poolMean(values, tokenCounts, length, dimensions);
  const pooled = new Float32Array(tokenCounts.length * dimensions);
  tokenCounts.forEach((count, row) => {
    const from = (row * length + (pooling === 'cls' ? 0 : Math.max(count - 1, 0))) * dimensions;
    pooled.set(values.subarray(from, from + dimensions), row * dimensions);
  });
  return pooled;
}

function poolMean(
  values: Float32Array,
  tokenCounts: readonly number[],
  length: number,
  dimensions: number,
): Float32Array {
  const pooled = new Float32Array(tokenCounts.length * dimensions);
  tokenCounts.forEach((count, row) => {
    for (let d = 0; d < dimensions; d++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += values[(row * length + i) * dimensions + d] as number;
      pooled[row * dimensions + d] = sum / Math.max(count, 1);
    }
  });
  return pooled;
}

/** Scales every row to length 1, in place; a row of zeros stays one. */
export function normalizeRows(values: Float32Array, dimensions: number): Float32Array {
  for (let start = 0; start < values.length; start += dimensions) {
    let squared = 0;
    for (let i = start; i < start + dimensions; i++) squared += (values[i] as number) ** 2;
    const scale = squared === 0 ? 0 : 1 / Math.sqrt(squared);
    for (let i = start; i < start + dimensions; i++) values[i] = (values[i] as number) * scale;
  }
  return values;
}
