/** Memory that another thread makes ready while an index is filled: nothing is put where it still writes. */

import { describe, expect, test } from 'vitest';
import { VectorIndex } from '../../src/core/vector-index.ts';

const DIMENSIONS = 1_024;
const ROWS = 5_000;

interface Step {
  readonly bytes: Uint8Array;
  readonly end: (error?: Error) => void;
}

/** Another thread, whose steps end when the test says so, and which writes until then. */
function createThread(): { readonly steps: Step[]; readonly populate: (bytes: Uint8Array) => Promise<void> } {
  const steps: Step[] = [];
  return {
    steps,
    populate: (bytes) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => {
          if (!error) bytes.fill(0);
          if (error) reject(error);
          else resolve();
        };
        steps.push({ bytes, end });
      }),
  };
}

function createIndex(): { readonly index: VectorIndex; readonly steps: Step[] } {
  const { steps, populate } = createThread();
  const index = new VectorIndex(DIMENSIONS);
  index.reserve(ROWS);
  index.populate(populate);
  index.lay(new Int32Array(ROWS));
  return { index, steps };
}

function vectorOf(id: number): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  vector[id % DIMENSIONS] = id % 2 === 0 ? 1 : -1;
  return vector;
}

function rows(from: number, to: number): Float32Array {
  const all = new Float32Array((to - from) * DIMENSIONS);
  for (let id = from; id < to; id++) all.set(vectorOf(id), (id - from) * DIMENSIONS);
  return all;
}

async function isPending(promise: Promise<void> | undefined): Promise<boolean> {
  return promise !== undefined && (await Promise.race([promise.then(() => false), Promise.resolve(true)]));
}

describe('memory that is being made ready', () => {
  test('takes vectors as far as it is, in two steps, and keeps them', async () => {
    const { index, steps } = createIndex();
    expect(steps).toHaveLength(1);
    expect(() => index.put(0, rows(0, 1))).toThrow(RangeError);
    const [start, end] = [index.ready(1), index.ready(ROWS)];
    steps[0]?.end();
    await start;
    expect(index.ready(1)).toBeUndefined();
    expect(await isPending(end)).toBe(true);
    expect(index.put(0, rows(0, 1_000))).toBe(true);
    expect(() => index.put(ROWS - 1, rows(0, 1))).toThrow(RangeError);
    expect(steps).toHaveLength(2);
    steps[1]?.end();
    await end;
    await index.ready(Infinity);
    expect(index.put(1_000, rows(1_000, ROWS))).toBe(true);
    for (const id of [0, 999, 1_000, ROWS - 1]) expect(index.vector(id)).toEqual(vectorOf(id));
    expect(index.hasSoundLengths()).toBe(true);
    const covered = steps.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(covered).toBeGreaterThan(ROWS * DIMENSIONS * 4);
  });

  test.each([0, 1])('is used as it is where step %i fails', async (failing) => {
    const { index, steps } = createIndex();
    const all = index.ready(Infinity);
    for (let i = 0; i <= failing; i++) {
      const step = index.ready(1);
      steps[i]?.end(i === failing ? new Error('no such thread') : undefined);
      await step;
    }
    await all;
    expect(index.put(0, rows(0, ROWS))).toBe(true);
    expect(steps).toHaveLength(failing + 1);
  });
});
