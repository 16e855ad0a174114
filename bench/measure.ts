/** Owns how benchmarks count: seeded numbers, warm-up, order statistics. */

export type Metrics = Readonly<Record<string, number | boolean | string>>;

/** Mulberry32: the same numbers in every run. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws one of the words between bars. */
export function createPicker(random: () => number): (words: string) => string {
  return (words) => {
    const list = words.split('|');
    return list[Math.floor(random() * list.length)] as string;
  };
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/** Milliseconds of each of `count` steps, after `warmUp` uncounted ones. */
export async function timeEach(
  count: number,
  warmUp: number,
  step: (i: number) => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  for (let i = -warmUp; i < count; i++) {
    const start = performance.now();
    await step(i + warmUp);
    if (i >= 0) times.push(performance.now() - start);
  }
  return times;
}

export function round(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
