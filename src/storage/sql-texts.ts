/** Owns the way from tables to routes and their texts, and which number each text has. */

import { RouterError } from '../core/errors.ts';
import { joinLists } from '../core/join-lists.ts';
import type { EncoderIdentity, Metadata, RouteTexts } from '../core/stored.ts';
import { IdRanges } from './id-ranges.ts';
import { eachRow, type SqlConnection } from './sql-connection.ts';
import { readMeta } from './sql-schema.ts';

/** Everything that is stored but the vectors. */
export interface LoadedTexts {
  readonly routes: readonly RouteTexts[];
  readonly fit: Uint8Array | undefined;
  /** Of the utterances. */
  readonly ids: IdRanges;
  /** Of each of them, as a `StateSink` counts texts; -1 for one of no route. */
  readonly numbers: Int32Array;
}

/**
 * A block of utterances as one row, texts as JSON: an engine crosses into JavaScript once for some hundred of them.
 * The subquery's order is that of the arrays.
 */
const READ_UTTERANCES = `SELECT min(id), max(id), count(*), json_group_array(list), json_group_array(text)
  FROM (SELECT id, 2 * route_id + (negative != 0) AS list, text FROM utterances WHERE id > ? ORDER BY id LIMIT ?)`;

/** Of the same block, where ids are missing between the first and the last. */
const READ_IDS = `SELECT json_group_array(id) FROM (SELECT id FROM utterances WHERE id > ? ORDER BY id LIMIT ?)`;

/** Utterances in the order of their ids. */
interface Utterances {
  readonly ids: IdRanges;
  readonly texts: string[];
  readonly runs: Run[];
}

/** Utterances of one list that follow each other. */
interface Run {
  /** Twice the id of the route, and one more for its negatives. */
  readonly list: number;
  /** Where it begins and ends. */
  readonly start: number;
  end: number;
}

/** Whose the vectors are; `undefined`: nobody's yet. */
export async function readEncoder(connection: SqlConnection): Promise<EncoderIdentity | undefined> {
  const meta = await readMeta(connection);
  const id = meta.get('encoder_id');
  const dimensions = Number(meta.get('dimensions'));
  return id !== undefined && Number.isInteger(dimensions) && dimensions > 0 ? { id, dimensions } : undefined;
}

export async function countTexts(connection: SqlConnection): Promise<number> {
  const [row] = await connection.all('SELECT count(*) FROM utterances');
  return Number(row?.[0]);
}

export async function readTexts(connection: SqlConnection, rowsPerRead: number): Promise<LoadedTexts> {
  const utterances = await readUtterances(connection, rowsPerRead);
  const { routes, numbers } = await readRoutes(connection, utterances);
  return { routes, fit: await readFit(connection), ids: utterances.ids, numbers };
}

async function readUtterances(connection: SqlConnection, rowsPerRead: number): Promise<Utterances> {
  const read: Utterances = { ids: new IdRanges(), texts: [], runs: [] };
  for (let last = -1; ;) {
    let [first, end, count] = [0, 0, 0];
    await eachRow(connection, READ_UTTERANCES, [last, rowsPerRead], (row) => {
      [first, end, count] = row.slice(0, 3).map(Number) as [number, number, number];
      addRuns(read.runs, read.texts.length, JSON.parse(String(row[3])) as readonly number[]);
      read.texts.push(...(JSON.parse(String(row[4])) as readonly string[]));
    });
    if (count === 0) return read;
    if (end - first + 1 === count) read.ids.add(first, count);
    else {
      const [ids = []] = await connection.all(READ_IDS, [last, rowsPerRead]);
      for (const id of JSON.parse(String(ids[0])) as readonly number[]) read.ids.add(id, 1);
    }
    last = end;
  }
}

/** @param at how many utterances are before these */
function addRuns(runs: Run[], at: number, lists: readonly number[]): void {
  let run = runs.at(-1);
  for (let i = 0; i < lists.length; i++) {
    const list = lists[i] as number;
    if (run?.list !== list) {
      run = { list, start: at + i, end: at + i };
      runs.push(run);
    }
    run.end++;
  }
}

async function readRoutes(
  connection: SqlConnection,
  { runs, texts }: Utterances,
): Promise<Pick<LoadedTexts, 'routes' | 'numbers'>> {
  const rows = await connection.all('SELECT id, name, threshold, metadata FROM routes ORDER BY id');
  const runsOf = new Map<number, Run[]>();
  for (const run of runs) {
    const known = runsOf.get(run.list);
    if (known) known.push(run);
    else runsOf.set(run.list, [run]);
  }
  const numbers = new Int32Array(texts.length).fill(-1);
  let next = 0;
  const take = (list: number): string[] => {
    const own = runsOf.get(list) ?? [];
    for (const { start, end } of own) for (let at = start; at < end; at++) numbers[at] = next++;
    return joinLists(own.map(({ start, end }) => texts.slice(start, end)));
  };
  const routes = rows.map(([id, name, threshold, metadata]): RouteTexts => {
    const [utterances, against] = [take(2 * Number(id)), take(2 * Number(id) + 1)];
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
