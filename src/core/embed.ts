/** Owns the trust in encoders: one batch of texts to one checked vector per text. */

import { RouterError, toRouterError } from './errors.ts';
import type { AbortSignalLike, Encoder } from './types.ts';

/** One text's vector, unit length, or all zeros where the text has nothing that the encoder knows. */
export interface Embedding {
  readonly vector: Float32Array;
  readonly truncated: boolean;
}

/** Float32 unit vectors of up to some thousand dimensions stay well within this of 1. */
const UNIT_TOLERANCE = 1e-3;

/** Encodes texts in one run and checks shape, finiteness and length of what comes back. */
export async function embed(
  encoder: Encoder,
  texts: readonly string[],
  signal?: AbortSignalLike,
): Promise<readonly Embedding[]> {
  const { dimensions } = encoder;
  const { vectors, truncated = [] } = await encoder.encode(texts, signal && { signal }).catch((error: unknown) => {
    throw toRouterError(error, 'ENCODER_FAILED', `Encoding ${texts.length} texts`);
  });
  if (vectors.length !== texts.length * dimensions) {
    throw new RouterError(
      'ENCODER_FAILED',
      `Got ${vectors.length} numbers from the encoder for ${texts.length} texts of ${dimensions} dimensions; it must return exactly ${texts.length * dimensions}.`,
    );
  }
  const cut = new Set(truncated);
  return texts.map((_, i) => {
    const vector = vectors.subarray(i * dimensions, (i + 1) * dimensions);
    const squared = squaredLength(vector);
    if (squared !== 0 && !(Math.abs(squared - 1) < UNIT_TOLERANCE)) {
      throw new RouterError(
        'ENCODER_FAILED',
        `Got a vector of length ${Math.sqrt(squared)} from the encoder; it must return unit vectors, or zeros for a text without content.`,
      );
    }
    return { vector, truncated: cut.has(i) };
  });
}

export function isZero(vector: Float32Array): boolean {
  return vector.every((value) => value === 0);
}

function squaredLength(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2;
  return sum;
}
