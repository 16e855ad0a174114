/** Owns one training's memory: gathers a batch of samples, lets the kernel take a step, and reads the head out at the end. */

import { createTrainKernel } from '../kernel/train-kernel.ts';
import type { KernelChoice, TrainKernel, TrainLayout } from '../kernel/types.ts';
import type { Head } from './head.ts';

/** Rows of a batch; train.as.ts has it as a constant. */
export const BATCH_ROWS = 32;
const LANES = 32;
/**
 * An error of this share of a mean sample's weight or less moves no weight (it still moves the bias). Against 0 the accuracy
 * changes by 0.15 points at most on CLINC150 and Banking77, either way, and training takes about two thirds of the time.
 */
const NEGLIGIBLE = 3e-4;

/** What is trained on: vectors row by row, one label each, and each sample's weight relative to the mean one. */
export interface CentredSamples {
  readonly vectors: Float32Array;
  readonly labels: Int32Array;
  readonly labelCount: number;
  readonly dimensions: number;
  readonly mean: Float32Array;
  readonly weightOf: (row: number) => number;
}

/** One step's numbers of Adam: the learning rate and what corrects the moments' start at 0. */
export interface AdamStep {
  readonly decay: number;
  readonly rate: number;
  readonly correction: number;
}

export class BatchTrainer {
  readonly #samples: CentredSamples;
  readonly #layout: TrainLayout;
  readonly #kernel: TrainKernel;
  readonly #floats: Float32Array;
  readonly #labels: Int32Array;
  readonly #sampleWeights: Float32Array;

  constructor(samples: CentredSamples, choice: KernelChoice | undefined) {
    const { layout, byteLength } = layOut(samples.labelCount, samples.dimensions);
    this.#samples = samples;
    this.#layout = layout;
    this.#kernel = createTrainKernel(layout, byteLength, choice);
    const { buffer } = this.#kernel;
    this.#floats = new Float32Array(buffer);
    this.#labels = new Int32Array(buffer, layout.labels, BATCH_ROWS);
    this.#sampleWeights = new Float32Array(buffer, layout.sampleWeights, BATCH_ROWS);
  }

  get kind(): 'wasm-simd' | 'js' {
    return this.#kernel.kind;
  }

  /** Takes one step on the samples of these rows, 32 at most. */
  step(rows: Int32Array, { decay, rate, correction }: AdamStep): void {
    const { labelCount } = this.#samples;
    const { train } = this.#kernel;
    this.#gather(rows);
    train.scoreBatch();
    train.scoreErrors(labelCount);
    train.update(labelCount, decay, rate, correction, NEGLIGIBLE / rows.length);
  }

  /** The head for vectors as they are: its biases take the mean that training took off. */
  readHead(): Head {
    const { labelCount, dimensions, mean } = this.#samples;
    const { paddedDimensions, weights: from, biases: fromBiases } = this.#layout;
    const weights = new Float32Array(labelCount * dimensions);
    const biases = this.#floats.slice(fromBiases / 4, fromBiases / 4 + labelCount);
    for (let label = 0; label < labelCount; label++) {
      const start = from / 4 + label * paddedDimensions;
      weights.set(this.#floats.subarray(start, start + dimensions), label * dimensions);
      let shift = 0;
      for (let i = 0; i < dimensions; i++) shift += (this.#floats[start + i] as number) * (mean[i] as number);
      biases[label] = (biases[label] as number) - shift;
    }
    return { labelCount, dimensions, weights, biases };
  }

  #gather(rows: Int32Array): void {
    const { vectors, labels, dimensions, mean, weightOf } = this.#samples;
    const floats = this.#floats;
    const stride = this.#layout.batchStride / 4;
    this.#sampleWeights.fill(0);
    for (let place = 0; place < rows.length; place++) {
      const row = rows[place] as number;
      this.#labels[place] = labels[row] as number;
      this.#sampleWeights[place] = weightOf(row) / rows.length;
      const from = row * dimensions;
      const to = this.#layout.batch / 4 + place * stride;
      for (let i = 0; i < dimensions; i++) floats[to + i] = (vectors[from + i] as number) - (mean[i] as number);
    }
  }
}

function layOut(labelCount: number, dimensions: number): { layout: TrainLayout; byteLength: number } {
  const paddedDimensions = Math.ceil(dimensions / LANES) * LANES;
  const classes = labelCount + (labelCount % 2);
  // Off a power of two, or the batch's rows would share a few sets of the first-level cache.
  const batchStride = (paddedDimensions + 16) * 4;
  let byteLength = 0;
  const take = (bytes: number): number => {
    const start = byteLength;
    byteLength = Math.ceil((byteLength + bytes) / 64) * 64;
    return start;
  };
  const layout = {
    paddedDimensions,
    classes,
    batch: take(BATCH_ROWS * batchStride),
    batchStride,
    // Each with its first and second moments.
    weights: take(3 * classes * paddedDimensions * 4),
    biases: take(3 * classes * 4),
    errors: take(classes * BATCH_ROWS * 4),
    sampleWeights: take(BATCH_ROWS * 4),
    labels: take(BATCH_ROWS * 4),
    // The list's end is written before it is known not to be needed.
    listed: take((BATCH_ROWS + 1) * 8),
  };
  return { layout, byteLength };
}
