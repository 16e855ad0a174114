/** Owns the way from tables to routes and their texts, and which number each text has; texts are parsed when asked for. */

import type { RouterError } from '../core/errors.ts';
import { joinLists } from '../core/join-lists.ts';
import type { EncoderIdentity, Metadata, RouteTexts, TextList } from '../core/stored.ts';
import { REVISION_SUM, damaged, openText, sumOfBytes, sumOfPair } from './seals.ts';
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
  /** Of their ids and lists. */
  readonly sum: number;
}

/** Whose the vectors are; `undefined`: nobody's yet. */
export async function readEncoder(connection: SqlConnection): Promise<EncoderIdentity | undefined> {
  const encoder = openText((await readMeta(connection)).get('encoder'));
  if (encoder === undefined) throw damaged('a damaged encoder (table "meta")');
  return encoder === '' ? undefined : (JSON.parse(encoder) as EncoderIdentity);
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
  const { routes, sum: routeSum } = await readRoutes(connection, utterances);
  const { fit, sum: fitSum } = await readFit(connection);
  await checkSum(connection, utterances.sum + routeSum + fitSum);
  return { routes, fit, runs: utterances.runs };
}

/** Rows that are missing, doubled, or of another time are sound each by itself. */
async function checkSum(connection: SqlConnection, sum: number): Promise<void> {
  const rows = await connection.all('SELECT revision, sum FROM seal');
  if (rows.length === 1 && Number(rows[0]?.[0]) * REVISION_SUM + sum === Number(rows[0]?.[1])) return;
  throw damaged('rows that are not those that were written (tables "routes", "utterances", "fit")');
}

async function readUtterances(connection: SqlConnection, blocks: readonly Block[]): Promise<Utterances> {
  const [runs, texts] = [new UtteranceRuns(), new TextBlocks(blocks[0]?.count ?? 0)];
  let sum = 0;
  const add = (lists: readonly number[], idAt: (i: number) => number): void => {
    runs.add(lists, idAt);
    for (let i = 0; i < lists.length; i++) sum += sumOfPair(idAt(i), lists[i] as number);
  };
  for (const { after, last, count } of blocks) {
    let lists: readonly number[] = [];
    await eachRow(connection, READ_UTTERANCES, [after, last], ([listsJson, textsJson]) => {
      lists = parseList(listsJson);
      texts.add(String(textsJson));
    });
    if (lists.length !== count) throw damagedTable();
    if (last - after === count) add(lists, (i) => after + 1 + i);
    else {
      const [ids = []] = await connection.all(READ_IDS, [after, last]);
      const list = parseList(ids[0]);
      if (list.length !== count || list.some((id, i) => id <= (list[i - 1] ?? after))) throw damagedTable();
      add(lists, (i) => list[i] as number);
    }
  }
  return { runs, texts, sum };
}

function parseList(json: unknown): readonly number[] {
  return JSON.parse(String(json)) as readonly number[];
}

async function readRoutes(
  connection: SqlConnection,
  { runs, texts }: Utterances,
): Promise<{ readonly routes: readonly RouteTexts[]; readonly sum: number }> {
  const rows = await connection.all('SELECT id, version, name, threshold, metadata FROM routes ORDER BY id');
  const lists = runs.byList();
  let [next, sum] = [0, 0];
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
  const routes = rows.map(([id, version, ...sealed]) => {
    const [name, threshold, metadata] = sealed.map(openText);
    if (name === undefined || threshold === undefined || metadata === undefined) {
      throw damaged(`a damaged route, ${JSON.stringify(sealed).slice(0, 60)} (row ${String(id)} of table "routes")`);
    }
    sum += sumOfPair(Number(id), Number(version));
    const [utterances, against] = [take(2 * Number(id)), take(2 * Number(id) + 1)];
    return {
      name,
      utterances,
      ...(against.length > 0 && { negatives: against }),
      ...(threshold !== '' && { threshold: Number(threshold) }),
      ...(metadata !== '' && { metadata: JSON.parse(metadata) as Metadata }),
    };
  });
  if (next !== runs.count) throw damaged('utterances of a route that is not there (table "utterances")');
  return { routes, sum };
}

/** What a torn page can show, which SQLite does not always notice. */
function damagedTable(): RouterError {
  return damaged('utterances whose ids are not in order (table "utterances")');
}

async function readFit(
  connection: SqlConnection,
): Promise<{ readonly fit: Uint8Array | undefined; readonly sum: number }> {
  const rows = await connection.all('SELECT part, bytes, sum FROM fit ORDER BY part');
  let sum = 0;
  const parts = rows.map(([part, bytes, partSum]) => {
    if (!(bytes instanceof Uint8Array) || sumOfBytes(bytes, Number(part)) !== partSum) {
      throw damaged(`a damaged fit (row ${String(part)} of table "fit")`);
    }
    sum += partSum;
    return bytes;
  });
  if (parts.length === 0) return { fit: undefined, sum };
  const fit = new Uint8Array(parts.reduce((length, { byteLength }) => length + byteLength, 0));
  let offset = 0;
  for (const bytes of parts) {
    fit.set(bytes, offset);
    offset += bytes.byteLength;
  }
  return { fit, sum };
}
