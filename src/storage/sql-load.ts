/** Owns the way from chunks to the vectors of numbered texts; what is damaged comes with the name of its row. */

import type { StateSink, StoredRoute, StoredUtterance } from '../core/stored.ts';
import { openChunk, openSeals, type OpenChunk } from './sql-chunks.ts';
import { eachRow, type SqlConnection } from './sql-connection.ts';
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
  readonly row: number;
  /** Of the first text. */
  readonly number: number;
  readonly length: number;
}

type NumberedChunk = OpenChunk & { readonly id: number };

interface ChunkReading {
  readonly connection: SqlConnection;
  readonly dimensions: number;
  readonly texts: Texts;
  /** Whether vectors are used after they were taken. */
  readonly keepsVectors: boolean;
  /** See `StateSink.ready`. */
  readonly ready?: StateSink['ready'];
  /** Takes rows in; returns how many of them are as they were written. */
  readonly take: (chunk: NumberedChunk, stretch: Stretch) => number;
}

/** Hands out every row that has a text; the vectors of one chunk are read at a time. */
async function readChunks(reading: ChunkReading): Promise<LoadedVectors> {
  const { connection, dimensions, texts, ready, take } = reading;
  const chunks: ChunkUse[] = [];
  let [nextUtteranceId, nextChunkId, found] = [texts.ids.last + 1, 1, 0];
  for (const [chunkId, heads] of await connection.all('SELECT id, rows FROM chunks ORDER BY id')) {
    const [id, rows] = [Number(chunkId), heads as Uint8Array];
    nextChunkId = id + 1;
    const { stretches, dead } = stretchesOf(openSeals(rows), texts);
    // Most often it is ready; a promise for each chunk would take as long as a tenth of its vectors.
    const pending = ready?.(stretches.reduce((end, { number, length }) => Math.max(end, number + length), 0));
    if (pending) await pending;
    await readVectors(reading, id, (vectors) => {
      const chunk = openChunk({ rows, vectors }, dimensions);
      if (!chunk) return;
      const liveRows = stretches.reduce((sum, stretch) => sum + take({ ...chunk, id }, stretch), 0);
      found += liveRows;
      // A dead row's id is never given out again: it would look alive.
      const sound = dead.filter((row) => chunk.isSound(row));
      for (const row of sound) nextUtteranceId = Math.max(nextUtteranceId, (chunk.seals[row * 2] as number) + 1);
      if (liveRows + sound.length === chunk.count) chunks.push({ id, liveRows });
    });
  }
  return { chunks, nextChunkId, nextUtteranceId, found };
}

async function readVectors(
  { connection, keepsVectors }: ChunkReading,
  id: number,
  take: (vectors: Uint8Array) => void,
): Promise<void> {
  const sql = 'SELECT vectors FROM chunks WHERE id = ?';
  if (!keepsVectors) return eachRow(connection, sql, [id], ([vectors]) => take(vectors as Uint8Array));
  for (const [vectors] of await connection.all(sql, [id])) take(vectors as Uint8Array);
}

function stretchesOf(
  seals: Uint32Array = new Uint32Array(0),
  { ids, numbers }: Texts,
): { readonly stretches: readonly Stretch[]; readonly dead: readonly number[] } {
  const stretches: Stretch[] = [];
  const dead: number[] = [];
  let [start, length, first] = [0, 0, 0];
  for (let row = 0; row < seals.length / 2; row++) {
    const position = ids.positionOf(seals[row * 2] as number);
    const number = position < 0 ? -1 : (numbers[position] as number);
    if (number < 0) dead.push(row);
    else if (row === start + length && number === first + length) length++;
    else {
      if (length > 0) stretches.push({ row: start, number: first, length });
      [start, length, first] = [row, 1, number];
    }
  }
  if (length > 0) stretches.push({ row: start, number: first, length });
  return { stretches, dead };
}

/** Into a sink, which measures the checksums as it copies. Resolves to whether it has every vector, as it was written. */
export async function streamVectors(
  connection: SqlConnection,
  dimensions: number,
  texts: Texts,
  sink: StateSink,
): Promise<LoadedVectors> {
  return readChunks({
    connection,
    dimensions,
    texts,
    keepsVectors: false,
    ready: (end) => sink.ready(end),
    take(chunk, { row, number, length }) {
      const vectors = chunk.vectors.subarray(row * dimensions, (row + length) * dimensions);
      return sink.put(number, vectors, chunk.seals.subarray(row * 2, (row + length) * 2)) ? length : 0;
    },
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
  const take: ChunkReading['take'] = (chunk, { row, number, length }) => {
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
  };
  const loaded = await readChunks({ connection, dimensions, texts, keepsVectors: true, take });
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
  return `row ${ids.idAt(numbers.indexOf(number))} of table "utterances" has no vector in table "chunks"`;
}
