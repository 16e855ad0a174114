/** Owns the JavaScript twin of train.as.ts: the same steps without WASM, equal to it but for rounding. */

import type { TrainKernel, TrainLayout } from './types.ts';

const ROWS = 32;

export function createJsTraining(layout: TrainLayout, buffer: ArrayBuffer): TrainKernel {
  const floats = new Float32Array(buffer);
  const labels = new Int32Array(buffer, layout.labels, ROWS);
  const sampleWeights = new Float32Array(buffer, layout.sampleWeights, ROWS);
  const errors = new Float32Array(buffer, layout.errors, layout.classes * ROWS);
  return {
    kind: 'js',
    buffer,
    train: {
      scoreBatch: () => scoreBatch(floats, layout, errors),
      scoreErrors: (count) => scoreErrors(errors, count, labels, sampleWeights),
      update: (count, decay, rate, correction, negligible) => {
        const { paddedDimensions: d, classes } = layout;
        const step = { rate, correction };
        const gradient = new Float32Array(d);
        const biasGradient = new Float32Array(1);
        for (let label = 0; label < count; label++) {
          const weights = layout.weights / 4 + label * d;
          biasGradient[0] = sumErrors(floats, layout, errors, label, negligible, gradient);
          for (let i = 0; i < d; i++) gradient[i] = (gradient[i] as number) + decay * (floats[weights + i] as number);
          adam(floats, layout.biases / 4 + label, classes, biasGradient, step);
          adam(floats, weights, classes * d, gradient, step);
        }
      },
    },
  };
}

/** Two rows by two classes at a time: four sums for four reads. */
function scoreBatch(floats: Float32Array, layout: TrainLayout, errors: Float32Array): void {
  const { paddedDimensions: d, classes } = layout;
  const stride = layout.batchStride / 4;
  const biases = layout.biases / 4;
  for (let row = 0; row < ROWS; row += 2) {
    const z = layout.batch / 4 + row * stride;
    for (let label = 0; label < classes; label += 2) {
      const w = layout.weights / 4 + label * d;
      const a = floats[biases + label] as number;
      const b = floats[biases + label + 1] as number;
      let a0 = a;
      let a1 = a;
      let b0 = b;
      let b1 = b;
      for (let i = 0; i < d; i++) {
        const x = floats[z + i] as number;
        const y = floats[z + stride + i] as number;
        const wa = floats[w + i] as number;
        const wb = floats[w + d + i] as number;
        a0 += x * wa;
        a1 += y * wa;
        b0 += x * wb;
        b1 += y * wb;
      }
      const to = label * ROWS + row;
      errors[to] = a0;
      errors[to + 1] = a1;
      errors[to + ROWS] = b0;
      errors[to + ROWS + 1] = b1;
    }
  }
}

function scoreErrors(errors: Float32Array, count: number, labels: Int32Array, sampleWeights: Float32Array): void {
  const end = count * ROWS;
  for (let row = 0; row < ROWS; row++) {
    const weight = sampleWeights[row] as number;
    let largest = -Infinity;
    for (let at = row; at < end; at += ROWS) largest = Math.max(largest, errors[at] as number);
    let sum = 0;
    for (let at = row; at < end; at += ROWS) {
      const x = (errors[at] as number) - largest;
      const e = x < -80 ? 0 : Math.exp(x);
      sum += e;
      errors[at] = e;
    }
    for (let at = row; at < end; at += ROWS) errors[at] = ((errors[at] as number) * weight) / sum;
    const at = (labels[row] as number) * ROWS + row;
    errors[at] = (errors[at] as number) - weight;
  }
}

/** Writes a class's gradient, of the errors that are not negligible; returns the gradient of its bias. */
function sumErrors(
  floats: Float32Array,
  layout: TrainLayout,
  errors: Float32Array,
  label: number,
  negligible: number,
  gradient: Float32Array,
): number {
  const shares = new Float64Array(ROWS + 3);
  const starts = new Int32Array(ROWS + 3);
  let found = 0;
  let sum = 0;
  for (let row = 0; row < ROWS; row++) {
    const error = errors[label * ROWS + row] as number;
    sum += error;
    if (!(Math.abs(error) > negligible)) continue;
    shares[found] = error;
    starts[found] = layout.batch / 4 + (row * layout.batchStride) / 4;
    found++;
  }
  gradient.fill(0);
  // Four rows at a time; behind the last the shares are 0.
  for (let at = 0; at < found; at += 4)
    addRows(floats, gradient, shares.subarray(at, at + 4), starts.subarray(at, at + 4));
  return sum;
}

function addRows(floats: Float32Array, gradient: Float32Array, shares: Float64Array, starts: Int32Array): void {
  const e0 = shares[0] as number;
  const e1 = shares[1] as number;
  const e2 = shares[2] as number;
  const e3 = shares[3] as number;
  const z0 = starts[0] as number;
  const z1 = starts[1] as number;
  const z2 = starts[2] as number;
  const z3 = starts[3] as number;
  for (let i = 0; i < gradient.length; i++) {
    gradient[i] =
      (gradient[i] as number) +
      e0 * (floats[z0 + i] as number) +
      e1 * (floats[z1 + i] as number) +
      e2 * (floats[z2 + i] as number) +
      e3 * (floats[z3 + i] as number);
  }
}

/** Moves the numbers from `start` on; their first moments lie `apart` numbers behind them, their second ones twice as far. */
function adam(
  floats: Float32Array,
  start: number,
  apart: number,
  gradient: Float32Array,
  { rate, correction }: { readonly rate: number; readonly correction: number },
): void {
  for (let i = 0; i < gradient.length; i++) {
    const at = start + i;
    const g = gradient[i] as number;
    const m = (floats[at + apart] as number) * 0.9 + g * 0.1;
    const v = (floats[at + 2 * apart] as number) * 0.99 + g * g * 0.01;
    floats[at + apart] = m;
    floats[at + 2 * apart] = v;
    floats[at] = (floats[at] as number) - (m * rate) / (Math.sqrt(v * correction) + 1e-8);
  }
}
