/**
 * Owns the BLOBs that hold vectors: many in one, each with the id of its utterance and a checksum.
 *
 * `vectors` is row-major float32, `rows` two uint32 for each of its rows: id and checksum. Both little-endian, as is
 * every machine that runs JavaScript. A row whose utterance is gone is dead, and dropped when its chunk is merged.
 */

import { checksum } from '../core/kernel/checksum.ts';

/** Far from the 2 MiB that a Durable Object takes as one row, and read no slower than larger ones. */
export const CHUNK_BYTES: number = 2 ** 20;

export interface VectorRow {
  /** Of the utterance. */
  readonly id: number;
  readonly vector: Float32Array;
}

export interface Chunk {
  readonly rows: Uint8Array;
  readonly vectors: Uint8Array;
}

/** Vectors in one BLOB of at most `chunkBytes`; at least one. */
export function rowsPerChunk(dimensions: number, chunkBytes: number): number {
  return Math.max(1, Math.floor(chunkBytes / (dimensions * 4)));
}

/** Rows of one length each. */
export function packChunk(rows: readonly VectorRow[]): Chunk {
  const dimensions = rows[0]?.vector.length ?? 0;
  const vectors = new Float32Array(rows.length * dimensions);
  const words = new Uint32Array(vectors.buffer);
  const heads = new Uint32Array(rows.length * 2);
  for (const [i, { id, vector }] of rows.entries()) {
    vectors.set(vector, i * dimensions);
    heads[i * 2] = id;
    heads[i * 2 + 1] = checksum(words, i * dimensions, (i + 1) * dimensions, id);
  }
  return { rows: new Uint8Array(heads.buffer), vectors: new Uint8Array(vectors.buffer) };
}

/** As it may be read: a torn page shows BLOBs as missing. */
type TornChunk = { readonly [Part in keyof Chunk]: Uint8Array | null };

/** A chunk's content, to be read row by row; `undefined` where the BLOBs are no chunk of such vectors. */
export interface OpenChunk {
  readonly count: number;
  readonly vectors: Float32Array;
  /** For each row its id and its checksum, whose seed the id is. */
  readonly seals: Uint32Array;
  /** Whether the row's bytes are those that were written for its id. */
  isSound(row: number): boolean;
}

export function openChunk({ rows, vectors }: TornChunk, dimensions: number): OpenChunk | undefined {
  const seals = openSeals(rows);
  const count = (seals?.length ?? 0) / 2;
  if (!seals || vectors?.byteLength !== count * dimensions * 4) return undefined;
  const words = wordsOf(vectors);
  return {
    count,
    vectors: new Float32Array(words.buffer, words.byteOffset, words.length),
    seals,
    isSound: (row) =>
      checksum(words, row * dimensions, (row + 1) * dimensions, seals[row * 2] as number) === seals[row * 2 + 1],
  };
}

/** For each row its id and its checksum, whose seed the id is; `undefined` where the BLOB is no such list. */
export function openSeals(rows: TornChunk['rows']): Uint32Array | undefined {
  return rows && rows.byteLength % 8 === 0 ? wordsOf(rows) : undefined;
}

/** Engines hand out bytes at any address. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const { buffer, byteOffset, byteLength } = isAligned(bytes) ? bytes : bytes.slice();
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function isAligned({ byteOffset }: Uint8Array): boolean {
  return byteOffset % 4 === 0;
}
