import { checksum } from '../core/kernel/checksum.ts';
import type { EmbeddedUtterance } from '../core/types.ts';
import { sumOfText } from './seals.ts';

/** A change of one utterance rewrites at most one block: 128 KiB at 512 dimensions. */
export const BLOCK_LENGTH = 64;

export type Kind = 'utterance' | 'negative';

export interface Block {
  readonly id: number;
  readonly route: number;
  readonly kind: Kind;
  readonly texts: readonly string[];
  /** Row-major, a row for each text. */
  readonly vectors: Float32Array;
  /** Of each vector, seeded by its text. */
  readonly sums: Uint32Array;
  /** Of route, kind, texts and `sums`. */
  readonly sum: number;
  /** A key for each text, by which its block is found. */
  readonly places: readonly string[];
}

/** One row of a block; `sum` is what was stored with it. */
interface Row extends EmbeddedUtterance {
  readonly sum?: number | undefined;
}

export function rowsOf({ texts, vectors, sums }: Block): readonly Row[] {
  const dimensions = vectors.length / texts.length;
  return texts.map((text, i) => ({
    text,
    vector: vectors.subarray(i * dimensions, (i + 1) * dimensions),
    sum: sums[i],
  }));
}

export function sumOf({ text, vector }: EmbeddedUtterance): number {
  const words = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  return checksum(words, 0, words.length, sumOfText(text));
}

export function sumOfBlock(route: number, kind: Kind, rows: readonly Row[]): number {
  const words = new Uint32Array(2 * rows.length + 1);
  words[0] = route;
  for (const [i, { text, sum = 0 }] of rows.entries()) words.set([sumOfText(text), sum], 2 * i + 1);
  return checksum(words, 0, words.length, kind === 'utterance' ? 0 : 1);
}

/** A row that has its sum keeps it: one that is damaged stays so. */
export function toBlock(route: number, kind: Kind, utterances: readonly Row[]): Omit<Block, 'id'> {
  const dimensions = utterances[0]?.vector.length ?? 0;
  const vectors = new Float32Array(utterances.length * dimensions);
  for (const [i, { vector }] of utterances.entries()) vectors.set(vector, i * dimensions);
  const rows = utterances.map((row) => ({ ...row, sum: row.sum ?? sumOf(row) }));
  const texts = rows.map(({ text }) => text);
  return {
    route,
    kind,
    texts,
    vectors,
    sums: Uint32Array.from(rows, ({ sum }) => sum),
    sum: sumOfBlock(route, kind, rows),
    places: texts.map((text) => placeOf(route, kind, text)),
  };
}

export function placeOf(route: number, kind: Kind, text: string): string {
  return `${route} ${kind} ${text}`;
}
