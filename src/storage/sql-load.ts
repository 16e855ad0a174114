/** Owns the way from tables to routes; what is damaged comes with the name of its row. */

import { RouterError } from '../core/errors.ts';
import type { EncoderIdentity, Metadata, StoredRoute, StoredState, StoredUtterance } from '../core/stored.ts';
import { openChunk } from './sql-chunks.ts';
import type { SqlConnection } from './sql-connection.ts';
import { readMeta } from './sql-schema.ts';

/** What later writes must know of what is stored. */
export interface ChunkUse {
  readonly id: number;
  /** Rows whose utterances exist. */
  readonly liveRows: number;
}

export interface LoadedState {
  /** Absent: nobody's yet. */
  readonly encoder: EncoderIdentity | undefined;
  readonly routes: readonly StoredRoute[];
  readonly fit: StoredState['fit'];
  /** Greater than every id of an utterance or of a chunk's row. */
  readonly nextUtteranceId: number;
  /** Chunks that hold nothing damaged. */
  readonly chunks: readonly ChunkUse[];
  readonly nextChunkId: number;
}

/**
 * A block of utterances as one row of JSON: an engine crosses into JavaScript once for some hundred of them.
 * The subquery's order is that of the arrays.
 */
const READ_UTTERANCES = `SELECT json_group_array(id), json_group_array(route_id), json_group_array(negative), json_group_array(text)
  FROM (SELECT id, route_id, negative, text FROM utterances WHERE id > ? ORDER BY id LIMIT ?)`;

/** Utterances in the order of their ids; `vectors` is filled from the chunks. */
interface Utterances {
  readonly ids: number[];
  readonly routeIds: number[];
  readonly negatives: number[];
  readonly texts: string[];
  readonly vectors: (Float32Array | undefined)[];
  /** Of those whose vector is not what was written. */
  readonly damages: Map<number, string>;
}

export async function loadState(connection: SqlConnection, rowsPerRead: number): Promise<LoadedState> {
  const meta = await readMeta(connection);
  const encoder = identityOf(meta);
  const utterances = await readUtterances(connection, rowsPerRead);
  const chunks = encoder ? await readChunks(connection, encoder.dimensions, utterances) : noChunks();
  return {
    encoder,
    routes: await readRoutes(connection, utterances),
    fit: await readFit(connection),
    ...chunks,
    nextUtteranceId: Math.max(chunks.nextUtteranceId, (utterances.ids.at(-1) ?? 0) + 1),
  };
}

function identityOf(meta: ReadonlyMap<string, string>): EncoderIdentity | undefined {
  const id = meta.get('encoder_id');
  const dimensions = Number(meta.get('dimensions'));
  return id !== undefined && Number.isInteger(dimensions) && dimensions > 0 ? { id, dimensions } : undefined;
}

async function readUtterances(connection: SqlConnection, rowsPerRead: number): Promise<Utterances> {
  const read: Utterances = { ids: [], routeIds: [], negatives: [], texts: [], vectors: [], damages: new Map() };
  const { ids, routeIds, negatives, texts } = read;
  for (;;) {
    const [block = []] = await connection.all(READ_UTTERANCES, [ids.at(-1) ?? -1, rowsPerRead]);
    const before = ids.length;
    for (const [i, list] of [ids, routeIds, negatives, texts].entries()) {
      for (const value of JSON.parse(String(block[i])) as never[]) list.push(value);
    }
    if (ids.length - before < rowsPerRead) return read;
  }
}

function noChunks(): Pick<LoadedState, 'chunks' | 'nextChunkId' | 'nextUtteranceId'> {
  return { chunks: [], nextChunkId: 1, nextUtteranceId: 1 };
}

async function readChunks(
  connection: SqlConnection,
  dimensions: number,
  utterances: Utterances,
): Promise<Pick<LoadedState, 'chunks' | 'nextChunkId' | 'nextUtteranceId'>> {
  const { ids, vectors, damages } = utterances;
  const chunks: ChunkUse[] = [];
  let nextUtteranceId = 1;
  let nextChunkId = 1;
  let cursor = 0;
  for (const [id, rows, bytes] of await connection.all('SELECT id, rows, vectors FROM chunks ORDER BY id')) {
    const chunkId = Number(id);
    nextChunkId = chunkId + 1;
    const chunk = openChunk({ rows: rows as Uint8Array, vectors: bytes as Uint8Array }, dimensions);
    if (!chunk) continue;
    let liveRows = 0;
    let isSound = true;
    for (let row = 0; row < chunk.count; row++) {
      const utteranceId = chunk.id(row);
      const isRowSound = chunk.isSound(row);
      isSound &&= isRowSound;
      // A dead row's id is never given out again: it would look alive.
      if (isRowSound && utteranceId >= nextUtteranceId) nextUtteranceId = utteranceId + 1;
      // Rows were written in the order of ids, but for merged chunks and gaps.
      if (ids[cursor] !== utteranceId) cursor = find(ids, utteranceId);
      if (cursor < 0) continue;
      if (isRowSound) {
        vectors[cursor] = chunk.vectors.subarray(row * dimensions, (row + 1) * dimensions);
        liveRows++;
      } else {
        damages.set(cursor, `row ${row} of chunk ${chunkId} (table "chunks") does not have its checksum`);
      }
      cursor++;
    }
    if (isSound) chunks.push({ id: chunkId, liveRows });
  }
  return { chunks, nextChunkId, nextUtteranceId };
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

async function readRoutes(connection: SqlConnection, read: Utterances): Promise<readonly StoredRoute[]> {
  const { ids, routeIds, negatives, texts, vectors, damages } = read;
  const lists = new Map<number, [StoredUtterance[], StoredUtterance[]]>();
  const rows = await connection.all('SELECT id, name, threshold, metadata FROM routes ORDER BY id');
  for (const [id] of rows) lists.set(Number(id), [[], []]);
  let routeId = -1;
  let route: [StoredUtterance[], StoredUtterance[]] | undefined;
  for (const [i, text] of texts.entries()) {
    if (routeIds[i] !== routeId) {
      routeId = routeIds[i] as number;
      route = lists.get(routeId);
    }
    const vector = vectors[i];
    const damage = damages.get(i);
    route?.[negatives[i] === 0 ? 0 : 1].push(
      vector ? { text, vector } : { text, vector: NO_VECTOR, damage: damage ?? missing(ids[i]) },
    );
  }
  return rows.map(([id, name, threshold, metadata]) => {
    const [utterances, against] = lists.get(Number(id)) as [StoredUtterance[], StoredUtterance[]];
    return {
      name: String(name),
      utterances,
      ...(against.length > 0 && { negatives: against }),
      ...(threshold !== null && { threshold: Number(threshold) }),
      ...(typeof metadata === 'string' && { metadata: parseMetadata(String(name), metadata) }),
    };
  });
}

const NO_VECTOR = new Float32Array(0);

function missing(id: number | undefined): string {
  return `row ${id} of table "utterances" has no vector in table "chunks"`;
}

function parseMetadata(name: string, text: string): Metadata {
  try {
    return JSON.parse(text) as Metadata;
  } catch (cause) {
    throw new RouterError(
      'STORAGE_CORRUPT',
      `Got metadata of the route "${name}" (table "routes") that are no JSON; restore the database from a copy.`,
      { cause },
    );
  }
}

async function readFit(connection: SqlConnection): Promise<Uint8Array | undefined> {
  const parts = await connection.all('SELECT bytes FROM fit ORDER BY part');
  if (parts.length === 0) return undefined;
  const lengths = parts.map(([bytes]) => (bytes as Uint8Array).byteLength);
  const fit = new Uint8Array(lengths.reduce((sum, length) => sum + length));
  let offset = 0;
  for (const [bytes] of parts) {
    fit.set(bytes as Uint8Array, offset);
    offset += (bytes as Uint8Array).byteLength;
  }
  return fit;
}
