/** Owns the way from chunks to the vectors of numbered texts; what is damaged comes with the name of its row. */

import type { StateSink, StoredRoute, StoredUtterance } from '../core/stored.ts';
import { openChunk, openSeals, type OpenChunk } from './sql-chunks.ts';
import { eachRow, type SqlConnection } from './sql-connection.ts';
import type { LoadedTexts } from './sql-texts.ts';
import type { UtteranceRuns } from './utterance-runs.ts';

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

/** Rows of a chunk that follow each other, and whose texts do. */
interface Stretch {
  readonly row: number;
  /** Of the first text. */
  readonly number: number;
  length: number;
}

type NumberedChunk = OpenChunk & { readonly id: number };

interface ChunkReading {
  readonly connection: SqlConnection;
  readonly dimensions: number;
  readonly runs: UtteranceRuns;
  /** Whether vectors are used after they were taken. */
  readonly keepsVectors: boolean;
  /** See `StateSink.ready`. */
  readonly ready?: StateSink['ready'];
  /** Takes rows in; returns how many of them are as they were written. */
  readonly take: (chunk: NumberedChunk, stretch: Stretch) => number;
}

/** Hands out every row that has a text; the vectors of one chunk are read at a time. */
async function readChunks(reading: ChunkReading): Promise<LoadedVectors> {
  const { connection, dimensions, runs, ready, take } = reading;
  const chunks: ChunkUse[] = [];
  let [nextUtteranceId, nextChunkId, found] = [runs.lastId + 1, 1, 0];
  for (const [chunkId, heads] of await connection.all('SELECT id, rows FROM chunks ORDER BY id')) {
    const [id, rows] = [Number(chunkId), heads as Uint8Array | null];
    nextChunkId = Math.max(nextChunkId, id + 1);
    const { stretches, dead } = stretchesOf(openSeals(rows), runs);
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
  take: (vectors: Uint8Array | null) => void,
): Promise<void> {
  const sql = 'SELECT vectors FROM chunks WHERE id = ?';
  if (!keepsVectors) return eachRow(connection, sql, [id], ([vectors]) => take(vectors as Uint8Array | null));
  for (const [vectors] of await connection.all(sql, [id])) take(vectors as Uint8Array | null);
}

function stretchesOf(
  seals: Uint32Array = new Uint32Array(0),
  runs: UtteranceRuns,
): { readonly stretches: readonly Stretch[]; readonly dead: readonly number[] } {
  const stretches: Stretch[] = [];
  const dead: number[] = [];
  const rowCount = seals.length / 2;
  for (let row = 0; row < rowCount;) {
    const id = seals[row * 2] as number;
    const run = runs.find(id);
    if (!run || run.number < 0) {
      dead.push(row++);
      continue;
    }
    const most = Math.min(run.id + run.count - id, rowCount - row);
    let length = 1;
    while (length < most && seals[(row + length) * 2] === id + length) length++;
    const number = run.number + id - run.id;
    const last = stretches.at(-1);
    if (last && last.row + last.length === row && last.number + last.length === number) last.length += length;
    else stretches.push({ row, number, length });
    row += length;
  }
  return { stretches, dead };
}

/** Into a sink, which measures the checksums as it copies. Resolves to whether it has every vector, as it was written. */
export async function streamVectors(
  connection: SqlConnection,
  dimensions: number,
  runs: UtteranceRuns,
  sink: StateSink,
): Promise<LoadedVectors> {
  return readChunks({
    connection,
    dimensions,
    runs,
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
  { routes: heads, runs }: LoadedTexts,
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
  const loaded = await readChunks({ connection, dimensions, runs, keepsVectors: true, take });
  let number = 0;
  const embed = (text: string): StoredUtterance => {
    const own = number++;
    const vector = vectors[own];
    if (vector) return { text, vector };
    return { text, vector: NO_VECTOR, damage: damages.get(own) ?? missing(runs, own) };
  };
  const routes = heads.map(({ utterances, negatives, ...rest }) => ({
    ...rest,
    utterances: utterances.read().map(embed),
    ...(negatives && { negatives: negatives.read().map(embed) }),
  }));
  return { ...loaded, routes };
}

const NO_VECTOR = new Float32Array(0);

function missing(runs: UtteranceRuns, number: number): string {
  return `row ${runs.idOf(number)} of table "utterances" has no vector in table "chunks"`;
}
