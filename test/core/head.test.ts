/** The trained head: what it learns, that both kernels learn the same, and what it refuses. */

import { describe, expect, test } from 'vitest';
import { decodeHead, encodeHead, scoreHead, type Head } from '../../src/core/head/head.ts';
import { trainHead, type TrainOptions, type TrainingSamples } from '../../src/core/head/train.ts';
import { createRandom } from '../../bench/measure.ts';
import { attempt, codeOf } from '../support/promises.ts';

const KERNELS = ['auto', 'js'] as const;

/** Unit vectors about one random centre a label; a sample is off its centre by about a third of the centre's length. */
function clusters(labelCount: number, perLabel: number, dimensions: number): TrainingSamples {
  const count = labelCount * perLabel;
  const random = createRandom(1);
  const draw = (): number[] => Array.from({ length: dimensions }, () => random() - 0.5);
  const centres = Array.from({ length: labelCount }, draw);
  const labels = Int32Array.from({ length: count }, (_, row) => row % labelCount);
  const vectors = new Float32Array(count * dimensions);
  for (const [row, label] of labels.entries()) {
    const values = draw().map((value, i) => (centres[label]?.[i] ?? NaN) + value / 3);
    const length = Math.hypot(...values);
    vectors.set(
      values.map((value) => value / length),
      row * dimensions,
    );
  }
  return { vectors, labels, labelCount, dimensions };
}

function rowOf({ vectors, dimensions }: TrainingSamples, row: number): Float32Array {
  return vectors.subarray(row * dimensions, (row + 1) * dimensions);
}

function logits(head: Head, vector: Float32Array): number[] {
  const out = new Float32Array(head.labelCount);
  scoreHead(head, vector, out);
  return [...out];
}

function bestOf(head: Head, vector: Float32Array): number {
  const scores = logits(head, vector);
  return scores.indexOf(Math.max(...scores));
}

function accuracy(head: Head, samples: TrainingSamples): number {
  const right = [...samples.labels].filter((label, row) => bestOf(head, rowOf(samples, row)) === label);
  return right.length / samples.labels.length;
}

/** Two points, each label once on each of them: only the weights can say which label is whose. */
function contradiction(weights: readonly number[]): TrainingSamples {
  const vectors = Float32Array.from([1, 0, 1, 0, 0, 1, 0, 1]);
  const labels = Int32Array.from([0, 1, 0, 1]);
  return { vectors, labels, labelCount: 2, dimensions: 2, weights: Float32Array.from(weights) };
}

describe.each(KERNELS)('with the kernel %s', (kernel) => {
  const train = (samples: TrainingSamples, options: Partial<TrainOptions> = {}): Promise<Head> =>
    trainHead(samples, { seed: 1, kernel, ...options });

  test('learns clusters apart, whatever the number of labels, samples and dimensions', async () => {
    for (const [labelCount, perLabel, dimensions] of [
      [2, 20, 8],
      [3, 7, 33],
      [7, 30, 31],
      [20, 5, 512],
    ] as const) {
      const samples = clusters(labelCount, perLabel, dimensions);
      expect(accuracy(await train(samples), samples)).toBe(1);
    }
  });

  test('gives the same head for the same seed, bit for bit, and another for another', async () => {
    const samples = clusters(5, 20, 40);
    const first = await train(samples, { seed: 7 });
    expect(await train(samples, { seed: 7 })).toEqual(first);
    expect(await train(samples, { seed: 8 })).not.toEqual(first);
  });

  test('follows the heavier of two samples that contradict each other', async () => {
    const heavyFirst = await train(contradiction([3, 1, 1, 3]), { epochs: 50 });
    const heavyLast = await train(contradiction([1, 3, 3, 1]), { epochs: 50 });
    const [right, up] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    expect([right, up].map((vector) => bestOf(heavyFirst, vector))).toEqual([0, 1]);
    expect([right, up].map((vector) => bestOf(heavyLast, vector))).toEqual([1, 0]);
    // Three of four say so: the odds that minimise the loss are 3 to 1.
    const [yes = NaN, no = NaN] = logits(heavyFirst, right);
    expect(yes - no).toBeCloseTo(Math.log(3), 0);
  });

  test('a weight of 0 leaves a sample out, and only the weights relative to each other matter', async () => {
    const samples = clusters(3, 8, 16);
    const halfRows = Float32Array.from(samples.labels, (_, row) => (row < 12 ? 1 : 0));
    const half = { ...samples, vectors: samples.vectors.slice(0, 12 * 16), labels: samples.labels.slice(0, 12) };
    const alone = await train(half);
    expect(await train({ ...samples, weights: halfRows })).toEqual(alone);
    expect(await train({ ...samples, weights: halfRows.map((weight) => weight * 8) })).toEqual(alone);
  });

  test('a label without a sample is the least likely everywhere', async () => {
    const samples = { ...clusters(4, 10, 24), labelCount: 6 };
    const head = await train(samples);
    expect(accuracy(head, samples)).toBe(1);
    for (let row = 0; row < samples.labels.length; row++) {
      const scores = logits(head, rowOf(samples, row));
      expect(Math.max(...scores.slice(4))).toBeLessThan(Math.max(...scores.slice(0, 4)));
    }
  });

  test('one sample, one label, or a vector of zeros make a finite head', async () => {
    for (const samples of [
      clusters(1, 1, 8),
      clusters(1, 40, 8),
      { ...clusters(1, 1, 8), labelCount: 3 },
      { vectors: new Float32Array(4), labels: Int32Array.of(0, 1), labelCount: 2, dimensions: 2 },
    ]) {
      const head = await train(samples);
      expect(head.weights).toHaveLength(samples.labelCount * samples.dimensions);
      expect([...head.weights, ...head.biases].every(Number.isFinite)).toBe(true);
      expect(bestOf(head, rowOf(samples, 0))).toBe(0);
    }
  });

  test('an abort between two slices rejects, and no further slice is begun', async () => {
    const controller = new AbortController();
    let time = 0;
    const slices: number[] = [];
    // Every look at this clock is a slice later.
    const clock = {
      now: () => (time += 20),
      setTimeout: () => 0,
      clearTimeout: () => undefined,
      soon: (callback: () => void) => {
        if (slices.length === 3) controller.abort();
        callback();
      },
    };
    const training = train(clusters(3, 100, 8), {
      clock,
      signal: controller.signal,
      onProgress: ({ steps, totalSteps }) => {
        expect(totalSteps).toBe(100);
        slices.push(steps);
      },
    });
    expect(await codeOf(training)).toBe('ABORTED');
    expect(slices).toEqual([1, 2, 3]);
    expect(await codeOf(train(clusters(3, 100, 8), { signal: AbortSignal.abort() }))).toBe('ABORTED');
  });

  test('lets other work run while it trains, and ends with all its steps reported', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const progress: number[] = [];
    let total = 0;
    await train(clusters(100, 20, 128), {
      onProgress: ({ steps, totalSteps }) => {
        progress.push(steps);
        total = totalSteps;
      },
    });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    expect(progress.at(-1)).toBe(total);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  test('what `onProgress` throws, the training rejects with', async () => {
    const failure = new Error('enough');
    const training = train(clusters(2, 3, 4), {
      onProgress: () => {
        throw failure;
      },
    });
    await expect(training).rejects.toBe(failure);
  });
});

test('the JavaScript twin learns what WASM learns, but for rounding', async () => {
  const samples = clusters(30, 12, 70);
  const [wasm, js] = await Promise.all(KERNELS.map((kernel) => trainHead(samples, { seed: 3, kernel })));
  if (!wasm || !js) throw new Error('expected two heads');
  for (let row = 0; row < samples.labels.length; row++) {
    const twin = logits(js, rowOf(samples, row));
    for (const [label, logit] of logits(wasm, rowOf(samples, row)).entries()) {
      expect(Math.abs(logit - (twin[label] ?? NaN))).toBeLessThan(0.01);
    }
  }
});

test('refuses samples that do not fit together, and options out of range', async () => {
  const samples = clusters(2, 3, 4);
  const bad: (readonly [Partial<TrainingSamples>, Partial<TrainOptions>])[] = [
    [{ labels: new Int32Array(5) }, {}],
    [{ labels: Int32Array.of(0, 1, 2, 0, 1, 0) }, {}],
    [{ labels: Int32Array.of(0, 1, -1, 0, 1, 0) }, {}],
    [{ labelCount: 0 }, {}],
    [{ dimensions: 1.5 }, {}],
    [{ vectors: samples.vectors.map((value, i) => (i === 5 ? NaN : value)) }, {}],
    [{ vectors: samples.vectors.map((value, i) => (i === 23 ? Infinity : value)) }, {}],
    [{ weights: new Float32Array(5).fill(1) }, {}],
    [{ weights: new Float32Array(6) }, {}],
    [{ weights: Float32Array.of(1, 1, -1, 1, 1, 1) }, {}],
    [{ weights: Float32Array.of(1, 1, NaN, 1, 1, 1) }, {}],
    [{ vectors: new Float32Array(0), labels: new Int32Array(0) }, {}],
    [{}, { epochs: 0 }],
    [{}, { epochs: 1.5 }],
    [{}, { seed: NaN }],
  ];
  for (const [part, options] of bad) {
    expect(await codeOf(trainHead({ ...samples, ...part }, { seed: 1, ...options }))).toBe('INVALID_OPTION');
  }
  expect(await codeOf(trainHead(samples, { seed: 1, kernel: {} }))).toBe('UNSUPPORTED');
});

function decode(bytes: Uint8Array): Promise<string> {
  return codeOf(attempt(() => decodeHead(bytes)));
}

describe('the bytes of a head', () => {
  const head: Head = {
    labelCount: 3,
    dimensions: 2,
    weights: Float32Array.of(1, -2, 3.5, 0, 1e-20, 7),
    biases: Float32Array.of(-1, 0, 1),
  };

  test('bring it back bit for bit, from any alignment', () => {
    const bytes = encodeHead(head);
    expect(decodeHead(bytes)).toEqual(head);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeHead(shifted.subarray(1))).toEqual(head);
  });

  test('are refused when cut short, too long, of another kind or version, of no size, or not finite', async () => {
    const bytes = encodeHead(head);
    for (let length = 0; length < bytes.length; length++) {
      expect(await decode(bytes.subarray(0, length))).toBe('STORAGE_CORRUPT');
    }
    const changed = (at: number, value: number): Uint8Array => {
      const copy = bytes.slice();
      new DataView(copy.buffer).setUint32(at, value, true);
      return copy;
    };
    const hostile = [
      Uint8Array.of(...bytes, 0),
      changed(0, 1),
      changed(4, 2),
      changed(8, 0),
      changed(12, 0),
      changed(8, 0xffffffff),
      changed(12, 0xffffffff),
      changed(16, 0x7fc00000),
      changed(bytes.length - 4, 0x7f800000),
    ];
    for (const some of hostile) expect(await decode(some)).toBe('STORAGE_CORRUPT');
  });
});
