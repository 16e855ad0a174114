/**
 * Owns the storage in IndexedDB, for browsers whose workers have no file handles. Utterances lie in blocks, each a list
 * of texts with their vectors in one array: a block costs as much to read as a single utterance would.
 */

import { openDB, unwrap, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { checksum } from '../core/kernel/checksum.ts';
import { RouterError, messageOf } from '../core/errors.ts';
import type {
  EmbeddedUtterance,
  EncoderIdentity,
  Metadata,
  Mutation,
  Storage,
  StoredRoute,
  StoredState,
  StoredUtterance,
} from '../core/types.ts';

/** Raised with every change of the stores below. */
const SCHEMA_VERSION = 1;
/** A change of one utterance rewrites at most one block: 128 KiB at 512 dimensions. */
const BLOCK_LENGTH = 64;
/** Blocks in one read, so that no answer of the database grows without bound. */
const BLOCKS_AT_ONCE = 128;

type Kind = 'utterance' | 'negative';

interface RouteRecord {
  readonly id: number;
  readonly name: string;
  readonly threshold?: number;
  readonly metadata?: Metadata;
}

interface Block {
  readonly id: number;
  readonly route: number;
  readonly kind: Kind;
  readonly texts: readonly string[];
  /** Row-major, a row for each text. */
  readonly vectors: Float32Array;
  /** Of each vector, seeded by its text. Absent in blocks of a release that had none. */
  readonly sums?: Uint32Array;
  /** A key for each text, by which its block is found. */
  readonly places: readonly string[];
}

interface Schema extends DBSchema {
  meta: { key: string; value: EncoderIdentity | Uint8Array };
  routes: { key: number; value: RouteRecord; indexes: { name: string } };
  blocks: { key: number; value: Block; indexes: { route: number; places: string } };
}

type StoreNames = ('meta' | 'routes' | 'blocks')[];
type Writing = IDBPTransaction<Schema, StoreNames, 'readwrite'>;

const STORES: StoreNames = ['meta', 'routes', 'blocks'];

/**
 * Opens the database of that name, or makes it. One storage at a time may use it; a browser's tabs elect who.
 *
 * Rejects with `UNSUPPORTED` where a newer release made it, `STORAGE_FAILED` where it cannot be opened.
 */
export async function openIndexedDbStorage(name: string): Promise<Storage> {
  const database = await open(name);
  let isFirstLoad = true;
  return {
    async load(encoder) {
      const mayClaim = isFirstLoad;
      isFirstLoad = false;
      return inTransaction(database, (writing) => load(writing, encoder, mayClaim));
    },
    apply: (mutations) =>
      inTransaction(database, async (writing) => {
        for (const mutation of mutations) await applyTo(writing, mutation);
      }),
    status: () => ({ kind: 'indexeddb', persistent: true }),
    async close() {
      database.close();
    },
  };
}

async function open(name: string): Promise<IDBPDatabase<Schema>> {
  try {
    return await openDB<Schema>(name, SCHEMA_VERSION, {
      upgrade(database) {
        database.createObjectStore('meta');
        database
          .createObjectStore('routes', { keyPath: 'id', autoIncrement: true })
          .createIndex('name', 'name', { unique: true });
        const blocks = database.createObjectStore('blocks', { keyPath: 'id', autoIncrement: true });
        blocks.createIndex('route', 'route');
        blocks.createIndex('places', 'places', { multiEntry: true, unique: true });
      },
      // Whoever deletes or upgrades it, a newer release say, need not wait for this tab.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'VersionError') {
      throw new RouterError(
        'UNSUPPORTED',
        `Got the IndexedDB database "${name}" of a newer release, wanted version ${SCHEMA_VERSION}; update synaptoroute.`,
        { cause },
      );
    }
    throw new RouterError('STORAGE_FAILED', `Opening the IndexedDB database "${name}" failed: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Resolves when the disk has it; `act` may only wait for the transaction's own requests. */
async function inTransaction<T>(database: IDBPDatabase<Schema>, act: (writing: Writing) => Promise<T>): Promise<T> {
  const writing = database.transaction(STORES, 'readwrite', { durability: 'strict' });
  // The reason of an abort is more than the request's that failed of it; heard of below.
  const done = writing.done;
  done.catch(() => undefined);
  try {
    const result = await act(writing);
    await done;
    return result;
  } catch (error) {
    abort(writing);
    throw unwrap(writing).error ?? error;
  }
}

function abort(writing: Writing): void {
  try {
    writing.abort();
  } catch {
    // It has ended already.
  }
}

async function load(writing: Writing, encoder: EncoderIdentity, mayClaim: boolean): Promise<StoredState> {
  const { id, dimensions } = encoder;
  const meta = writing.objectStore('meta');
  const records = await writing.objectStore('routes').getAll();
  let owner = (await meta.get('encoder')) as EncoderIdentity | undefined;
  if (!owner || (records.length === 0 && mayClaim)) {
    owner = { id, dimensions };
    await meta.put(owner, 'encoder');
  }
  const fit = (await meta.get('fit')) as Uint8Array | undefined;
  const lists = await loadUtterances(writing);
  const routes = records.map(({ id: route, ...rest }): StoredRoute => {
    const { utterance = [], negative } = lists.get(route) ?? {};
    return { ...rest, utterances: utterance, ...(negative && { negatives: negative }) };
  });
  return { encoder: owner, routes, ...(fit && { fit }) };
}

async function loadUtterances(writing: Writing): Promise<Map<number, Partial<Record<Kind, StoredUtterance[]>>>> {
  const lists = new Map<number, Partial<Record<Kind, StoredUtterance[]>>>();
  const store = writing.objectStore('blocks');
  let last = 0;
  for (;;) {
    const blocks = await store.getAll(IDBKeyRange.lowerBound(last, true), BLOCKS_AT_ONCE);
    for (const block of blocks) {
      let kinds = lists.get(block.route);
      if (!kinds) lists.set(block.route, (kinds = {}));
      const list = (kinds[block.kind] ??= []);
      for (const [i, row] of rowsOf(block).entries()) {
        const isSound = row.sum === undefined || row.sum === sumOf(row);
        const damage = `row ${i} of block ${block.id} (store "blocks") does not have its checksum`;
        list.push({ text: row.text, vector: row.vector, ...(!isSound && { damage }) });
      }
    }
    if (blocks.length < BLOCKS_AT_ONCE) return lists;
    last = blocks.at(-1)?.id ?? last;
  }
}

async function applyTo(writing: Writing, mutation: Mutation): Promise<void> {
  switch (mutation.type) {
    case 'add-route':
      return addRoute(writing, mutation.route);
    case 'remove-route':
      return removeRoute(writing, mutation.name);
    case 'add-utterances':
      return addBlocks(writing, await routeId(writing, mutation.name), 'utterance', mutation.utterances);
    case 'add-negatives':
      return addBlocks(writing, await routeId(writing, mutation.name), 'negative', mutation.utterances);
    case 'remove-utterances':
      return removeTexts(writing, await routeId(writing, mutation.name), 'utterance', mutation.texts);
    case 'remove-negatives':
      return removeTexts(writing, await routeId(writing, mutation.name), 'negative', mutation.texts);
    case 'set-threshold':
      return setThreshold(writing, mutation.name, mutation.threshold);
    case 'set-fit':
      return setFit(writing, mutation.fit);
    case 'replace-all':
      return replaceAll(writing, mutation.encoder, mutation.routes);
  }
}

async function addRoute(writing: Writing, route: StoredRoute): Promise<void> {
  const { name, threshold, metadata, utterances, negatives = [] } = route;
  const record = { name, ...(threshold !== undefined && { threshold }), ...(metadata && { metadata }) };
  // The key is made by the database.
  const id = await writing.objectStore('routes').add(record as RouteRecord);
  await addBlocks(writing, id, 'utterance', utterances);
  await addBlocks(writing, id, 'negative', negatives);
}

async function removeRoute(writing: Writing, name: string): Promise<void> {
  const id = await routeId(writing, name);
  const blocks = writing.objectStore('blocks');
  for (const key of await blocks.index('route').getAllKeys(id)) await blocks.delete(key);
  await writing.objectStore('routes').delete(id);
}

async function addBlocks(
  writing: Writing,
  route: number,
  kind: Kind,
  utterances: readonly EmbeddedUtterance[],
): Promise<void> {
  const adding: Promise<unknown>[] = [];
  for (let i = 0; i < utterances.length; i += BLOCK_LENGTH) {
    const block = toBlock(route, kind, utterances.slice(i, i + BLOCK_LENGTH));
    adding.push(writing.objectStore('blocks').add(block as Block));
  }
  await Promise.all(adding);
}

async function removeTexts(writing: Writing, route: number, kind: Kind, texts: readonly string[]): Promise<void> {
  const blocks = writing.objectStore('blocks');
  for (const text of texts) {
    const block = await blocks.index('places').get(placeOf(route, kind, text));
    if (!block) throw new RangeError(`no ${kind} "${text.slice(0, 60)}" is stored`);
    const rest = rowsOf(block).filter((row) => row.text !== text);
    await (rest.length === 0 ? blocks.delete(block.id) : blocks.put({ ...toBlock(route, kind, rest), id: block.id }));
  }
}

async function setThreshold(writing: Writing, name: string, threshold: number | undefined): Promise<void> {
  const { threshold: _, ...rest } = await routeOf(writing, name);
  await writing.objectStore('routes').put({ ...rest, ...(threshold !== undefined && { threshold }) });
}

async function setFit(writing: Writing, fit: Uint8Array | undefined): Promise<void> {
  const meta = writing.objectStore('meta');
  await (fit ? meta.put(fit, 'fit') : meta.delete('fit'));
}

async function replaceAll(writing: Writing, encoder: EncoderIdentity, routes: readonly StoredRoute[]): Promise<void> {
  for (const store of STORES) await writing.objectStore(store).clear();
  await writing.objectStore('meta').put(encoder, 'encoder');
  for (const route of routes) await addRoute(writing, route);
}

/** One row of a block; `sum` is what was stored with it. */
interface Row extends EmbeddedUtterance {
  readonly sum?: number | undefined;
}

function rowsOf({ texts, vectors, sums }: Block): readonly Row[] {
  const dimensions = vectors.length / texts.length;
  return texts.map((text, i) => ({
    text,
    vector: vectors.subarray(i * dimensions, (i + 1) * dimensions),
    sum: sums?.[i],
  }));
}

function sumOf({ text, vector }: EmbeddedUtterance): number {
  const letters = Uint32Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const words = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  return checksum(words, 0, words.length, checksum(letters, 0, letters.length, 0));
}

/** A row that has its sum keeps it: one that is damaged stays so. */
function toBlock(route: number, kind: Kind, utterances: readonly Row[]): Omit<Block, 'id'> {
  const dimensions = utterances[0]?.vector.length ?? 0;
  const vectors = new Float32Array(utterances.length * dimensions);
  for (const [i, { vector }] of utterances.entries()) vectors.set(vector, i * dimensions);
  const texts = utterances.map(({ text }) => text);
  const sums = Uint32Array.from(utterances, (row) => row.sum ?? sumOf(row));
  return { route, kind, texts, vectors, sums, places: texts.map((text) => placeOf(route, kind, text)) };
}

function placeOf(route: number, kind: Kind, text: string): string {
  return `${route} ${kind} ${text}`;
}

async function routeOf(writing: Writing, name: string): Promise<RouteRecord> {
  const record = await writing.objectStore('routes').index('name').get(name);
  if (record) return record;
  throw new RangeError(`no route "${name}" is stored`);
}

async function routeId(writing: Writing, name: string): Promise<number> {
  return (await routeOf(writing, name)).id;
}
