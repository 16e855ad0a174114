/** Owns the way from tables to routes and their texts, and which number each text has; texts are parsed when asked for. */

import { RouterError } from '../core/errors.ts';
import { joinLists } from '../core/join-lists.ts';
import type { EncoderIdentity, Metadata, RouteTexts, TextList } from '../core/stored.ts';
import { eachRow, type SqlConnection } from './sql-connection.ts';
import { readMeta } from './sql-schema.ts';
import { TextBlocks } from './text-blocks.ts';
import { UtteranceRuns } from './utterance-runs.ts';

/** Everything that is stored but the vectors. */
export interface LoadedTexts {
  readonly routes: readonly RouteTexts[];
  readonly fit: Uint8Array | undefined;
  /** Of the utterances, numbered. */
  readonly runs: UtteranceRuns;
}

/**
 * A block of utterances as one row, texts as JSON: an engine crosses into JavaScript once for some hundred of them.
 * The subquery's order is that of the arrays.
 */
const READ_UTTERANCES = `SELECT min(id), max(id), count(text), json_group_array(list), json_group_array(text)
  FROM (SELECT id, 2 * route_id + (negative != 0) AS list, text FROM utterances WHERE id > ? ORDER BY id LIMIT ?)`;

/** Of the same block, where ids are missing between the first and the last. */
const READ_IDS = `SELECT json_group_array(id) FROM (SELECT id FROM utterances WHERE id > ? ORDER BY id LIMIT ?)`;

/** Utterances in the order of their ids. */
interface Utterances {
  readonly runs: UtteranceRuns;
  readonly texts: TextBlocks;
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
  const routes = await readRoutes(connection, utterances);
  return { routes, fit: await readFit(connection), runs: utterances.runs };
}

async function readUtterances(connection: SqlConnection, rowsPerRead: number): Promise<Utterances> {
  const [runs, texts] = [new UtteranceRuns(), new TextBlocks(rowsPerRead)];
  for (let last = -1; ;) {
    let [first, end, textCount] = [0, 0, 0];
    let lists: readonly number[] = [];
    await eachRow(connection, READ_UTTERANCES, [last, rowsPerRead], (row) => {
      [first, end, textCount] = row.slice(0, 3).map(Number) as [number, number, number];
      lists = JSON.parse(String(row[3])) as readonly number[];
      if (lists.length > 0) texts.add(String(row[4]));
    });
    if (lists.length === 0) return { runs, texts };
    if (textCount < lists.length || first <= last) throw damagedTable();
    if (end - first + 1 === lists.length) runs.add(lists, (i) => first + i);
    else {
      const [ids] = await connection.all(READ_IDS, [last, rowsPerRead]);
      const list = JSON.parse(String(ids?.[0])) as readonly number[];
      if (list.some((id, i) => i > 0 && id <= (list[i - 1] as number))) throw damagedTable();
      runs.add(lists, (i) => list[i] as number);
    }
    if (lists.length < rowsPerRead) return { runs, texts };
    last = end;
  }
}

async function readRoutes(connection: SqlConnection, { runs, texts }: Utterances): Promise<LoadedTexts['routes']> {
  const rows = await connection.all('SELECT id, name, threshold, metadata FROM routes ORDER BY id');
  const lists = runs.byList();
  let next = 0;
  const take = (list: number): TextList => {
    const own = lists.get(list) ?? [];
    const first = next;
    for (const run of own) {
      run.number = next;
      next += run.count;
    }
    return {
      length: next - first,
      read: () => joinLists(own.map(({ position, count }) => texts.slice(position, position + count))),
    };
  };
  return rows.map(([id, name, threshold, metadata]) => {
    const [utterances, against] = [take(2 * Number(id)), take(2 * Number(id) + 1)];
    return {
      name: String(name),
      utterances,
      ...(against.length > 0 && { negatives: against }),
      ...(threshold !== null && { threshold: Number(threshold) }),
      ...(typeof metadata === 'string' && { metadata: parseMetadata(String(name), metadata) }),
    };
  });
}

/** What a torn page can show, which SQLite does not always notice. */
function damagedTable(): RouterError {
  return new RouterError(
    'STORAGE_CORRUPT',
    'Got utterances without texts, or with ids that do not ascend (table "utterances"); restore the database from a copy or an export.',
  );
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
