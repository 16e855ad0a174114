/** Owns the way from tables to routes and their texts, and which number each text has. */

import { RouterError } from '../core/errors.ts';
import type { EncoderIdentity, Metadata, RouteTexts } from '../core/stored.ts';
import type { SqlConnection } from './sql-connection.ts';
import { readMeta } from './sql-schema.ts';

/** Everything that is stored but the vectors. */
export interface LoadedTexts {
  /** Absent: nobody's yet. */
  readonly encoder: EncoderIdentity | undefined;
  readonly routes: readonly RouteTexts[];
  readonly fit: Uint8Array | undefined;
  /** Of the utterances, ascending. */
  readonly ids: readonly number[];
  /** Of each of them, as a `StateSink` counts texts. */
  readonly numbers: Int32Array;
}

/**
 * A block of utterances as one row of JSON: an engine crosses into JavaScript once for some hundred of them.
 * The subquery's order is that of the arrays.
 */
const READ_UTTERANCES = `SELECT json_group_array(id), json_group_array(list), json_group_array(text)
  FROM (SELECT id, 2 * route_id + (negative != 0) AS list, text FROM utterances WHERE id > ? ORDER BY id LIMIT ?)`;

/** Utterances in the order of their ids. */
interface Utterances {
  readonly ids: number[];
  /** Twice the id of the route, and one more for a negative. */
  readonly lists: number[];
  readonly texts: string[];
}

export async function readTexts(connection: SqlConnection, rowsPerRead: number): Promise<LoadedTexts> {
  const encoder = identityOf(await readMeta(connection));
  const utterances = await readUtterances(connection, rowsPerRead);
  const { routes, numbers } = await readRoutes(connection, utterances);
  return { encoder, routes, fit: await readFit(connection), ids: utterances.ids, numbers };
}

function identityOf(meta: ReadonlyMap<string, string>): EncoderIdentity | undefined {
  const id = meta.get('encoder_id');
  const dimensions = Number(meta.get('dimensions'));
  return id !== undefined && Number.isInteger(dimensions) && dimensions > 0 ? { id, dimensions } : undefined;
}

async function readUtterances(connection: SqlConnection, rowsPerRead: number): Promise<Utterances> {
  const read: Utterances = { ids: [], lists: [], texts: [] };
  const columns: readonly unknown[][] = [read.ids, read.lists, read.texts];
  for (;;) {
    const [block = []] = await connection.all(READ_UTTERANCES, [read.ids.at(-1) ?? -1, rowsPerRead]);
    const before = read.ids.length;
    for (const [i, column] of columns.entries()) column.push(...(JSON.parse(String(block[i])) as unknown[]));
    if (read.ids.length - before < rowsPerRead) return read;
  }
}

/** A route's utterances or negatives. */
interface TextList {
  readonly texts: string[];
  /** Stretches of them among all in the order of ids: where each begins and ends. */
  readonly stretches: (readonly [number, number])[];
}

async function readRoutes(
  connection: SqlConnection,
  { lists: listIds, texts }: Utterances,
): Promise<Pick<LoadedTexts, 'routes' | 'numbers'>> {
  const rows = await connection.all('SELECT id, name, threshold, metadata FROM routes ORDER BY id');
  const lists = new Map<number, TextList>();
  for (const [id] of rows) for (const kind of [0, 1]) lists.set(2 * Number(id) + kind, { texts: [], stretches: [] });
  for (let start = 0, end = 0; start < texts.length; start = end) {
    const listId = listIds[start] as number;
    // Foreign keys hold, so there is one.
    const list = lists.get(listId) as TextList;
    for (; listIds[end] === listId; end++) list.texts.push(texts[end] as string);
    list.stretches.push([start, end]);
  }
  const numbers = new Int32Array(texts.length);
  let next = 0;
  for (const { stretches } of lists.values()) {
    for (const [start, end] of stretches) for (let at = start; at < end; at++) numbers[at] = next++;
  }
  const routes = rows.map(([id, name, threshold, metadata]): RouteTexts => {
    const [utterances = [], against = []] = [0, 1].map((kind) => lists.get(2 * Number(id) + kind)?.texts);
    return {
      name: String(name),
      utterances,
      ...(against.length > 0 && { negatives: against }),
      ...(threshold !== null && { threshold: Number(threshold) }),
      ...(typeof metadata === 'string' && { metadata: parseMetadata(String(name), metadata) }),
    };
  });
  return { routes, numbers };
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
