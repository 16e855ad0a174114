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

/** Where a block of utterances ends. */
const READ_END = 'SELECT id FROM utterances WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?';

/** The block behind all that are full. */
const READ_REST = 'SELECT max(id), count(*) FROM utterances WHERE id > ?';

/**
 * A block of utterances as one row, texts as JSON: an engine crosses into JavaScript once for some hundred of them.
 * The subquery's order is that of the arrays. Each further aggregate would take a tenth of the time.
 */
const READ_UTTERANCES = `SELECT json_group_array(list), json_group_array(text) FROM
  (SELECT 2 * route_id + (negative != 0) AS list, text FROM utterances WHERE id > ? AND id <= ? ORDER BY id)`;

/** Of the same block, where ids are missing. */
const READ_IDS = 'SELECT json_group_array(id) FROM (SELECT id FROM utterances WHERE id > ? AND id <= ? ORDER BY id)';

/** Utterances that follow each other. */
export interface Block {
  /** Ids are greater than this. */
  readonly after: number;
  /** The last one's id. */
  readonly last: number;
  readonly count: number;
}

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

/** All utterances, as blocks of so many; the last may have fewer. */
export async function readBlocks(connection: SqlConnection, size: number): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  let after = 0;
  const add = ([last, count]: readonly unknown[]): void => {
    if (Number(count) === 0) return;
    if (!(Number(last) > after)) throw damagedTable();
    blocks.push({ after, last: Number(last), count: Number(count) });
    after = Number(last);
  };
  for (let isFull = true; isFull;) {
    const [end] = await connection.all(READ_END, [after, size - 1]);
    if (end) add([end[0], size]);
    isFull = end !== undefined;
  }
  const [rest = []] = await connection.all(READ_REST, [after]);
  add(rest);
  return blocks;
}

/** @param blocks those of `readBlocks` */
export async function readTexts(connection: SqlConnection, blocks: readonly Block[]): Promise<LoadedTexts> {
  const utterances = await readUtterances(connection, blocks);
  const routes = await readRoutes(connection, utterances);
  return { routes, fit: await readFit(connection), runs: utterances.runs };
}

async function readUtterances(connection: SqlConnection, blocks: readonly Block[]): Promise<Utterances> {
  const [runs, texts] = [new UtteranceRuns(), new TextBlocks(blocks[0]?.count ?? 0)];
  for (const { after, last, count } of blocks) {
    let lists: readonly number[] = [];
    await eachRow(connection, READ_UTTERANCES, [after, last], ([listsJson, textsJson]) => {
      lists = parseList(listsJson);
      texts.add(String(textsJson));
    });
    if (lists.length !== count) throw damagedTable();
    if (last - after === count) runs.add(lists, (i) => after + 1 + i);
    else {
      const [ids = []] = await connection.all(READ_IDS, [after, last]);
      const list = parseList(ids[0]);
      if (list.length !== count || list.some((id, i) => id <= (list[i - 1] ?? after))) throw damagedTable();
      runs.add(lists, (i) => list[i] as number);
    }
  }
  return { runs, texts };
}

function parseList(json: unknown): readonly number[] {
  return JSON.parse(String(json)) as readonly number[];
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
    'Got utterances whose ids are not in order (table "utterances"); restore the database from a copy or an export.',
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
