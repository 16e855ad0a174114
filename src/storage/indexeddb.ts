/**
 * Owns the storage in IndexedDB, for browsers whose workers have no file handles. Utterances lie in blocks, each a list
 * of texts with their vectors in one array: a block costs as much to read as a single utterance would.
 */

import type {
  EmbeddedUtterance,
  EncoderIdentity,
  Mutation,
  Storage,
  StoredRoute,
  StoredState,
  StoredUtterance,
} from '../core/types.ts';
import {
  BLOCK_LENGTH,
  placeOf,
  rowsOf,
  sumOf,
  sumOfBlock,
  toBlock,
  type Block,
  type Kind,
} from './indexeddb-blocks.ts';
import { STORES, open, type RouteRecord, type Sealed, type Writing } from './indexeddb-database.ts';
import { createWriter } from './indexeddb-writer.ts';
import { damaged, sumOfBytes, sumOfText } from './seals.ts';

/** Blocks in one read, so that no answer of the database grows without bound. */
const BLOCKS_AT_ONCE = 128;

/**
 * Opens the database of that name, or makes it. One storage at a time may use it; a browser's tabs elect who. What another
 * storage opens takes it over: from then on this one rejects with `LEADER_CHANGED`, and changes nothing.
 *
 * Rejects with `UNSUPPORTED` where a newer release made it, `STORAGE_FAILED` where it cannot be opened.
 */
export async function openIndexedDbStorage(name: string): Promise<Storage> {
  const database = await open(name);
  const asWriter = createWriter(database);
  let isFirstLoad = true;
  return {
    async load(encoder) {
      const mayClaim = isFirstLoad;
      isFirstLoad = false;
      return asWriter((writing) => load(writing, encoder, mayClaim));
    },
    apply: (mutations) =>
      asWriter(async (writing) => {
        for (const mutation of mutations) await applyTo(writing, mutation);
      }),
    status: () => ({ kind: 'indexeddb', persistent: true }),
    async close() {
      database.close();
    },
  };
}

/** Whether nothing but an encoder's name would be lost with it; false where it cannot be opened. */
export async function isIndexedDbEmpty(name: string): Promise<boolean> {
  try {
    const database = await open(name);
    try {
      return (await database.count('routes')) + (await database.count('blocks')) === 0;
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}

async function load(writing: Writing, encoder: EncoderIdentity, mayClaim: boolean): Promise<StoredState> {
  const { id, dimensions } = encoder;
  const meta = writing.transaction.objectStore('meta');
  const records = await writing.transaction.objectStore('routes').getAll();
  const owner = (await meta.get('encoder')) as Sealed<EncoderIdentity> | undefined;
  const fit = (await meta.get('fit')) as Sealed<Uint8Array> | undefined;
  const { lists, sum } = await loadUtterances(writing);
  if (owner && owner.sum !== sumOfJson(owner.value)) throw damaged('a damaged encoder (store "meta")');
  if (fit && fit.sum !== sumOfBytes(fit.value, 0)) throw damaged('a damaged fit (store "meta")');
  const routes = records.map(({ id: route, sum: routeSum, ...rest }): StoredRoute => {
    if (routeSum !== sumOfJson(rest)) throw damaged(`a damaged route, ${JSON.stringify(rest.name)} (store "routes")`);
    const { utterance = [], negative } = lists.get(route) ?? {};
    lists.delete(route);
    return { ...rest, utterances: utterance, ...(negative && { negatives: negative }) };
  });
  const all = records.reduce((sums, route) => sums + route.sum, sum + (owner?.sum ?? 0) + (fit?.sum ?? 0));
  if (lists.size > 0 || all !== ((await meta.get('sum')) ?? 0)) {
    throw damaged('records that are not those that were written');
  }
  const isOwned = owner && (records.length > 0 || !mayClaim);
  if (!isOwned) await setEncoder(writing, { id, dimensions });
  return { encoder: isOwned ? owner.value : { id, dimensions }, routes, ...(fit && { fit: fit.value }) };
}

type Lists = Map<number, Partial<Record<Kind, StoredUtterance[]>>>;

async function loadUtterances(writing: Writing): Promise<{ readonly lists: Lists; readonly sum: number }> {
  const lists: Lists = new Map();
  const store = writing.transaction.objectStore('blocks');
  let [last, sum] = [0, 0];
  for (;;) {
    const blocks = await store.getAll(IDBKeyRange.lowerBound(last, true), BLOCKS_AT_ONCE);
    for (const block of blocks) {
      sum += block.sum;
      let kinds = lists.get(block.route);
      if (!kinds) lists.set(block.route, (kinds = {}));
      const list = (kinds[block.kind] ??= []);
      const rows = rowsOf(block);
      if (sumOfBlock(block.route, block.kind, rows) !== block.sum) {
        throw damaged(
          `damaged utterances, first ${JSON.stringify(block.texts[0])} (block ${block.id} of store "blocks")`,
        );
      }
      for (const [i, row] of rows.entries()) {
        const isSound = row.sum === sumOf(row);
        const damage = `row ${i} of block ${block.id} (store "blocks") does not have its checksum`;
        list.push({ text: row.text, vector: row.vector, ...(!isSound && { damage }) });
      }
    }
    if (blocks.length < BLOCKS_AT_ONCE) return { lists, sum };
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
  const record = sealRoute({ name, ...(threshold !== undefined && { threshold }), ...(metadata && { metadata }) });
  writing.added += record.sum;
  // The key is made by the database.
  const id = await writing.transaction.objectStore('routes').add(record as RouteRecord);
  await addBlocks(writing, id, 'utterance', utterances);
  await addBlocks(writing, id, 'negative', negatives);
}

async function removeRoute(writing: Writing, name: string): Promise<void> {
  const { id, sum } = await routeOf(writing, name);
  const blocks = writing.transaction.objectStore('blocks');
  for (const block of await blocks.index('route').getAll(id)) {
    writing.added -= block.sum;
    await blocks.delete(block.id);
  }
  writing.added -= sum;
  await writing.transaction.objectStore('routes').delete(id);
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
    writing.added += block.sum;
    adding.push(writing.transaction.objectStore('blocks').add(block as Block));
  }
  await Promise.all(adding);
}

async function removeTexts(writing: Writing, route: number, kind: Kind, texts: readonly string[]): Promise<void> {
  const blocks = writing.transaction.objectStore('blocks');
  for (const text of texts) {
    const block = await blocks.index('places').get(placeOf(route, kind, text));
    if (!block) throw new RangeError(`no ${kind} "${text.slice(0, 60)}" is stored`);
    const rest = rowsOf(block).filter((row) => row.text !== text);
    const next = rest.length === 0 ? undefined : toBlock(route, kind, rest);
    writing.added += (next?.sum ?? 0) - block.sum;
    await (next ? blocks.put({ ...next, id: block.id }) : blocks.delete(block.id));
  }
}

async function setThreshold(writing: Writing, name: string, threshold: number | undefined): Promise<void> {
  const { threshold: _, id, sum, ...rest } = await routeOf(writing, name);
  const record = sealRoute({ ...rest, ...(threshold !== undefined && { threshold }) });
  writing.added += record.sum - sum;
  await writing.transaction.objectStore('routes').put({ ...record, id });
}

async function setFit(writing: Writing, fit: Uint8Array | undefined): Promise<void> {
  const meta = writing.transaction.objectStore('meta');
  const old = (await meta.get('fit')) as Sealed<Uint8Array> | undefined;
  const sum = fit ? sumOfBytes(fit, 0) : 0;
  writing.added += sum - (old?.sum ?? 0);
  await (fit ? meta.put({ value: fit, sum }, 'fit') : meta.delete('fit'));
}

async function setEncoder(writing: Writing, { id, dimensions }: EncoderIdentity): Promise<void> {
  const meta = writing.transaction.objectStore('meta');
  const old = (await meta.get('encoder')) as Sealed<EncoderIdentity> | undefined;
  const value = { id, dimensions };
  const sum = sumOfJson(value);
  writing.added += sum - (old?.sum ?? 0);
  await meta.put({ value, sum }, 'encoder');
}

async function replaceAll(writing: Writing, encoder: EncoderIdentity, routes: readonly StoredRoute[]): Promise<void> {
  const meta = writing.transaction.objectStore('meta');
  const writer = (await meta.get('writer')) as string;
  for (const store of STORES) await writing.transaction.objectStore(store).clear();
  await meta.put(writer, 'writer');
  await meta.put(0, 'sum');
  writing.added = 0;
  await setEncoder(writing, encoder);
  for (const route of routes) await addRoute(writing, route);
}

/** As sound as JSON is stable: a record's keys come back in their order. */
function sumOfJson(value: unknown): number {
  return sumOfText(JSON.stringify(value));
}

function sealRoute(record: Omit<RouteRecord, 'id' | 'sum'>): Omit<RouteRecord, 'id'> {
  return { ...record, sum: sumOfJson(record) };
}

async function routeOf(writing: Writing, name: string): Promise<RouteRecord> {
  const record = await writing.transaction.objectStore('routes').index('name').get(name);
  if (record) return record;
  throw new RangeError(`no route "${name}" is stored`);
}

async function routeId(writing: Writing, name: string): Promise<number> {
  return (await routeOf(writing, name)).id;
}
