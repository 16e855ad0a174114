/** Owns the way from chunks to the vectors of numbered texts; what is damaged comes with the name of its row. */

import type { StateSink, StoredRoute, StoredUtterance } from '../core/stored.ts';
import { openChunk, type OpenChunk } from './sql-chunks.ts';
import type { SqlConnection } from './sql-connection.ts';
import type { LoadedTexts } from './sql-texts.ts';

/** What later writes must know of what is stored. */
export interface ChunkUse {
  readonly id: number;
  /** Rows whose utterances exist. */
  readonly liveRows: number;
}

export interface LoadedVectors {
  /** Chunks that hold nothing damaged. */
  readonly chunks: readonly ChunkUse[];
  readonly nextChunkId: number;
  /** Greater than every id of an utterance or of a chunk's row. */
  readonly nextUtteranceId: number;
  /** How many vectors are as they were written. */
  readonly found: number;
}

type Texts = Pick<LoadedTexts, 'ids' | 'numbers'>;

/** Rows of a chunk that follow each other, and whose texts do. */
interface Stretch {
  readonly chunk: OpenChunk & { readonly id: number };
  readonly row: number;
  /** Of the first text. */
  readonly number: number;
  readonly length: number;
}

/** Takes the rows in; returns how many of them are as they were written. */
type TakeStretch = (stretch: Stretch) => number;

interface ChunkReading {
  readonly connection: SqlConnection;
  readonly dimensions: number;
  readonly texts: Texts;
  /** Whether vectors are used after they were taken. */
  readonly keepsVectors: boolean;
}

/** Hands out every row that has a text; one chunk is read at a time. */
async function readChunks(reading: ChunkReading, take: TakeStretch): Promise<LoadedVectors> {
  const { connection, dimensions, texts } = reading;
  const chunks: ChunkUse[] = [];
  let [nextUtteranceId, nextChunkId, found] = [(texts.ids.at(-1) ?? 0) + 1, 1, 0];
  for (const [chunkId] of await connection.all('SELECT id FROM chunks ORDER BY id')) {
    const id = Number(chunkId);
    nextChunkId = id + 1;
    await readChunk(reading, id, ([rows, vectors]) => {
      const chunk = openChunk({ rows: rows as Uint8Array, vectors: vectors as Uint8Array }, dimensions);
      if (!chunk) return;
      const { stretches, dead } = stretchesOf({ ...chunk, id }, texts);
      const liveRows = stretches.reduce((sum, stretch) => sum + take(stretch), 0);
      found += liveRows;
      // A dead row's id is never given out again: it would look alive.
      const sound = dead.filter((row) => chunk.isSound(row));
      for (const row of sound) nextUtteranceId = Math.max(nextUtteranceId, (chunk.seals[row * 2] as number) + 1);
      if (liveRows + sound.length === chunk.count) chunks.push({ id, liveRows });
    });
  }
  return { chunks, nextChunkId, nextUtteranceId, found };
}

async function readChunk(
  { connection, keepsVectors }: ChunkReading,
  id: number,
  take: (row: readonly unknown[]) => void,
): Promise<void> {
  const sql = 'SELECT rows, vectors FROM chunks WHERE id = ?';
  if (connection.each && !keepsVectors) return connection.each(sql, [id], take);
  for (const row of await connection.all(sql, [id])) take(row);
}

function stretchesOf(
  chunk: Stretch['chunk'],
  { ids, numbers }: Texts,
): { readonly stretches: readonly Stretch[]; readonly dead: readonly number[] } {
  const stretches: Stretch[] = [];
  const dead: number[] = [];
  let [start, length, first, position] = [0, 0, 0, -1];
  for (let row = 0; row < chunk.count; row++) {
    const id = chunk.seals[row * 2] as number;
    // Rows were written in the order of ids, but for merged chunks and gaps.
    position = position >= 0 && ids[position + 1] === id ? position + 1 : find(ids, id);
    const number = position < 0 ? -1 : (numbers[position] as number);
    if (number < 0) dead.push(row);
    else if (row === start + length && number === first + length) length++;
    else {
      if (length > 0) stretches.push({ chunk, row: start, number: first, length });
      [start, length, first] = [row, 1, number];
    }
  }
  if (length > 0) stretches.push({ chunk, row: start, number: first, length });
  return { stretches, dead };
}

/** Where a value stands in an ascending list; -1 for nowhere. */
function find(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = sorted[middle] as number;
    if (found === value) return middle;
    if (found < value) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Into a sink, which measures the checksums as it copies. Resolves to whether it has every vector, as it was written. */
export async function streamVectors(
  connection: SqlConnection,
  dimensions: number,
  texts: Texts,
  sink: StateSink,
): Promise<LoadedVectors> {
  return readChunks({ connection, dimensions, texts, keepsVectors: false }, ({ chunk, row, number, length }) => {
    const vectors = chunk.vectors.subarray(row * dimensions, (row + length) * dimensions);
    return sink.put(number, vectors, chunk.seals.subarray(row * 2, (row + length) * 2)) ? length : 0;
  });
}

/** Routes with a vector for each text, or the reason why there is none. */
export async function readRoutes(
  connection: SqlConnection,
  dimensions: number,
  texts: LoadedTexts,
): Promise<LoadedVectors & { readonly routes: readonly StoredRoute[] }> {
  const vectors: Float32Array[] = [];
  const damages = new Map<number, string>();
  const reading = { connection, dimensions, texts, keepsVectors: true };
  const loaded = await readChunks(reading, ({ chunk, row, number, length }) => {
    let sound = 0;
    for (let i = 0; i < length; i++) {
      if (chunk.isSound(row + i)) {
        vectors[number + i] = chunk.vectors.subarray((row + i) * dimensions, (row + i + 1) * dimensions);
        sound++;
      } else {
        damages.set(number + i, `row ${row + i} of chunk ${chunk.id} (table "chunks") does not have its checksum`);
      }
    }
    return sound;
  });
  let number = 0;
  const embed = (text: string): StoredUtterance => {
    const own = number++;
    const vector = vectors[own];
    if (vector) return { text, vector };
    return { text, vector: NO_VECTOR, damage: damages.get(own) ?? missing(texts, own) };
  };
  const routes = texts.routes.map(({ utterances, negatives, ...rest }) => ({
    ...rest,
    utterances: utterances.map(embed),
    ...(negatives && { negatives: negatives.map(embed) }),
  }));
  return { ...loaded, routes };
}

const NO_VECTOR = new Float32Array(0);

function missing({ ids, numbers }: Texts, number: number): string {
  return `row ${ids[numbers.indexOf(number)]} of table "utterances" has no vector in table "chunks"`;
}
