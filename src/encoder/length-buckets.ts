/** Owns which texts of a batch share a run: a long one must not pad thirty short ones. */

/**
 * Splits texts into runs so that the tokens computed, padding and all, and the runs' own cost are least.
 * @param lengths tokens of each text
 * @param runTokens what one run costs however little is in it, in tokens
 * @returns positions of the texts in each run, shortest runs first
 */
export function bucketByLength(lengths: readonly number[], runTokens: number): readonly (readonly number[])[] {
  const order = lengths.map((_, i) => i).toSorted((a, b) => (lengths[a] as number) - (lengths[b] as number));
  // cheapest[n]: the least cost of the n shortest texts, whose last run begins at start[n].
  const cheapest = [0];
  const start = [0];
  for (let n = 1; n <= order.length; n++) {
    const longest = lengths[order[n - 1] as number] as number;
    cheapest[n] = Infinity;
    for (let first = n - 1; first >= 0; first--) {
      const cost = (cheapest[first] as number) + runTokens + (n - first) * longest;
      if (cost >= (cheapest[n] as number)) continue;
      cheapest[n] = cost;
      start[n] = first;
    }
  }
  const buckets: number[][] = [];
  for (let n = order.length; n > 0; n = start[n] as number) buckets.unshift(order.slice(start[n], n));
  return buckets;
}
