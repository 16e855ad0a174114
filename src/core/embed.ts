/** Owns the trust in encoders: one batch of texts to one checked vector per text. */

import { RouterError, toRouterError } from './errors.ts';
import type { AbortSignalLike, Encoder, Encoding, TextKind } from './types.ts';
import { isFloat32Array, isUnitOrZero, lengthOf } from './vectors.ts';

/** One text's vector, unit length, or all zeros where the text has nothing that the encoder knows. */
export interface Embedding {
  readonly vector: Float32Array;
  readonly truncated: boolean;
}

/** What a run is for, and what ends it. */
export interface EmbedRun {
  readonly kind: TextKind;
  readonly signal?: AbortSignalLike | undefined;
}

/** Encodes texts, equal ones once, and checks shape, finiteness and length of what comes back. */
export async function embed(encoder: Encoder, texts: readonly string[], run: EmbedRun): Promise<readonly Embedding[]> {
  const distinct = [...new Set(texts)];
  // Anything may come of an encoder that is not ours.
  const embeddings = await embedDistinct(encoder, distinct, run).catch((error: unknown) => {
    throw toRouterError(error, 'ENCODER_FAILED', `Encoding ${distinct.length} texts`);
  });
  if (distinct.length === texts.length) return embeddings;
  const byText = new Map(distinct.map((text, i) => [text, embeddings[i] as Embedding]));
  return texts.map((text) => byText.get(text) as Embedding);
}

/** Embeddings as rows of one array, which is the caller's own. */
export function joinEmbeddings(embeddings: readonly Embedding[], dimensions: number): Encoding {
  const vectors = new Float32Array(embeddings.length * dimensions);
  const truncated: number[] = [];
  for (const [row, embedding] of embeddings.entries()) {
    vectors.set(embedding.vector, row * dimensions);
    if (embedding.truncated) truncated.push(row);
  }
  return { vectors, ...(truncated.length > 0 && { truncated }) };
}

async function embedDistinct(encoder: Encoder, texts: readonly string[], run: EmbedRun): Promise<readonly Embedding[]> {
  const { dimensions } = encoder;
  const { vectors, truncated = [] } = await encode(encoder, texts, run);
  if (vectors.length !== texts.length * dimensions) {
    throw new RouterError(
      'ENCODER_FAILED',
      `Got ${vectors.length} numbers from the encoder for ${texts.length} texts of ${dimensions} dimensions; it must return exactly ${texts.length * dimensions}.`,
    );
  }
  const cut = new Set(truncated);
  return texts.map((_, i) => {
    // A copy: an encoder may use its buffer again, and a view would keep the whole batch alive.
    const vector = vectors.slice(i * dimensions, (i + 1) * dimensions);
    if (!isUnitOrZero(lengthOf(vector))) {
      throw new RouterError(
        'ENCODER_FAILED',
        `Got a vector of length ${lengthOf(vector)} from the encoder; it must return unit vectors, or zeros for a text without content.`,
      );
    }
    return { vector, truncated: cut.has(i) };
  });
}

async function encode(encoder: Encoder, texts: readonly string[], { kind, signal }: EmbedRun): Promise<Encoding> {
  const encoding = (await encoder.encode(texts, { kind, ...(signal && { signal }) })) as
    Partial<Encoding> | null | undefined;
  const { vectors, truncated } = encoding ?? {};
  if (isFloat32Array(vectors) && Array.isArray(truncated ?? [])) return { vectors, ...(truncated && { truncated }) };
  throw new RouterError(
    'ENCODER_FAILED',
    `Got no Float32Array as \`vectors\`, or no list as \`truncated\`, from the encoder for ${texts.length} texts; it must resolve to {vectors, truncated?}.`,
  );
}
