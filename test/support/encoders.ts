/**
 * Encoders without a model, for tests of the core in which what a text means does not matter: one hashes
 * words into a vector, one knows exactly the vectors that a test gave it. Both count their runs and can be held.
 */

import type { Encoder, Encoding } from 'synaptoroute';
import { createDeferred } from './promises.ts';

export interface TestEncoder extends Encoder {
  /** The texts of each run, in order. */
  readonly runs: readonly (readonly string[])[];
  /** Texts encoded so far. */
  readonly texts: number;
  /** Makes runs that start from now on wait for `release`. */
  hold(): void;
  release(): void;
  /** Makes the next run reject. */
  failNext(error: unknown): void;
  readonly closes: number;
}

export interface TestEncoderOptions {
  readonly id?: string;
  readonly dimensions?: number;
  readonly defaultThreshold?: number;
  /** Texts longer than this count as truncated. */
  readonly maxLength?: number;
}

/** Each word to a pseudo-random direction, a text to the direction of their sum; the same on every machine. */
export function createHashEncoder(options: TestEncoderOptions = {}): TestEncoder {
  const { dimensions = 64 } = options;
  return createEncoder({ id: `hash-${dimensions}`, ...options, dimensions }, (text) => hashVector(text, dimensions));
}

/** Exactly these vectors, each scaled to unit length; another text is a failure of the encoder. */
export function createGivenEncoder(
  given: Readonly<Record<string, readonly number[]>>,
  options: TestEncoderOptions = {},
): TestEncoder {
  const dimensions = Object.values(given)[0]?.length ?? 1;
  return createEncoder({ id: 'given', ...options, dimensions }, (text) => {
    const vector = given[text];
    if (!vector) throw new Error(`the test gave no vector for "${text}"`);
    return scale(vector);
  });
}

/** The vector that the hash encoder gives. */
export function hashVector(text: string, dimensions: number): readonly number[] {
  const sum = Array.from({ length: dimensions }, () => 0);
  for (const word of text.toLowerCase().match(/[a-z0-9]+/g) ?? []) {
    let state = 2_166_136_261;
    for (const character of word) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619);
    for (let i = 0; i < dimensions; i++) {
      state = (Math.imul(state ^ (state >>> 15), 0x2c_1b_3c_6d) + i) | 0;
      sum[i] = (sum[i] ?? 0) + ((state >>> 8) / 0x80_00_00 - 1);
    }
  }
  return scale(sum);
}

function scale(vector: readonly number[]): readonly number[] {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function createEncoder(
  {
    id,
    dimensions,
    defaultThreshold = 0.5,
    maxLength = Infinity,
  }: TestEncoderOptions & { id: string; dimensions: number },
  vectorOf: (text: string) => readonly number[],
): TestEncoder {
  const runs: (readonly string[])[] = [];
  let gate: ReturnType<typeof createDeferred<void>> | undefined;
  let failure: { readonly error: unknown } | undefined;
  let closes = 0;

  async function encode(texts: readonly string[]): Promise<Encoding> {
    runs.push([...texts]);
    if (failure) {
      const { error } = failure;
      failure = undefined;
      throw error;
    }
    await gate?.promise;
    const vectors = new Float32Array(texts.length * dimensions);
    texts.forEach((text, row) => vectors.set(vectorOf(text), row * dimensions));
    return { vectors, truncated: [...texts.keys()].filter((i) => (texts[i]?.length ?? 0) > maxLength) };
  }

  return {
    id,
    dimensions,
    defaultThreshold,
    encode,
    async close() {
      closes++;
    },
    runs,
    get texts() {
      return runs.flat().length;
    },
    get closes() {
      return closes;
    },
    hold() {
      gate ??= createDeferred<void>();
    },
    release() {
      gate?.resolve();
      gate = undefined;
    },
    failNext(error) {
      failure = { error };
    },
  };
}
