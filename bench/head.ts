/**
 * The trained head's arithmetic on seeded clusters of 512 dimensions: training of 150 labels x 20 samples by WASM and by its
 * JavaScript twin, of 150 x 100 by WASM, and the scoring of a vector.
 */

import { scoreHead, type Head } from '../src/core/head/head.ts';
import { trainHead, type TrainingSamples } from '../src/core/head/train.ts';
import { createRandom, quantile, round, timeEach, type Metrics } from './measure.ts';

const LABELS = 150;
const DIMENSIONS = 512;
const SCORED = 1_000;

export async function run(): Promise<Metrics> {
  const small = clusters(20);
  const large = clusters(100);
  let head = await trainHead(small, { seed: 1 });
  const out = new Float32Array(LABELS);
  const train = async (samples: TrainingSamples, kernel: 'auto' | 'js'): Promise<void> => {
    head = await trainHead(samples, { seed: 1, kernel });
  };
  const times = {
    train_150x20: await timeEach(9, 1, () => train(small, 'auto')),
    train_150x20_js: await timeEach(2, 0, () => train(small, 'js')),
    train_150x100: await timeEach(3, 0, () => train(large, 'auto')),
  };
  const scores = await timeEach(20, 5, async (i) => scoreMany(head, small, i, out));
  const metrics: Record<string, number> = {};
  for (const [name, values] of Object.entries(times)) {
    metrics[`${name}_ms_min`] = round(Math.min(...values));
    metrics[`${name}_ms_p50`] = round(quantile(values, 0.5));
  }
  return { ...metrics, score_us_min: round((Math.min(...scores) * 1000) / SCORED) };
}

function scoreMany(head: Head, { vectors, labels }: TrainingSamples, first: number, out: Float32Array): void {
  for (let i = 0; i < SCORED; i++) {
    const row = (first + i) % labels.length;
    scoreHead(head, vectors.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS), out);
  }
}

/** Unit vectors about one random centre a label, as far from it as the centre is long: some overlap, as sentences do. */
function clusters(perLabel: number): TrainingSamples {
  const random = createRandom(1);
  const centres = Float32Array.from({ length: LABELS * DIMENSIONS }, () => random() - 0.5);
  const labels = Int32Array.from({ length: LABELS * perLabel }, (_, row) => row % LABELS);
  const vectors = new Float32Array(labels.length * DIMENSIONS);
  for (const [row, label] of labels.entries()) {
    let squared = 0;
    for (let i = 0; i < DIMENSIONS; i++) {
      const value = (centres[label * DIMENSIONS + i] as number) + random() - 0.5;
      vectors[row * DIMENSIONS + i] = value;
      squared += value * value;
    }
    for (let i = 0; i < DIMENSIONS; i++) {
      vectors[row * DIMENSIONS + i] = (vectors[row * DIMENSIONS + i] as number) / Math.sqrt(squared);
    }
  }
  return { vectors, labels, labelCount: LABELS, dimensions: DIMENSIONS };
}
