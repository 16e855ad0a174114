/** A Worker that runs the storage contract: on a Durable Object's SQL inside the object, and on a `RouterObject` from outside. */

import { DurableObject, env } from 'cloudflare:workers';
import { createDurableConnection, createSqlStorage, type RouterObjectNamespace } from 'synaptoroute/cloudflare';
import { createRemoteStorage } from '../../../dist/cloudflare/remote-storage.js';
import { alterSql } from '../../support/alter-sql.ts';
import { STORAGE_CONTRACT, utterancesOf, vectorOf, type StoragePlace } from '../../support/storage-contract.ts';

export { RouterObject } from 'synaptoroute/cloudflare';

interface Contract {
  run(number: number): Promise<string>;
}

const { CONTRACT, ROUTER_OBJECT } = env as unknown as {
  readonly CONTRACT: { getByName(name: string): Contract };
  readonly ROUTER_OBJECT: RouterObjectNamespace;
};

const LIMITS = { status: () => ({ kind: 'durable-object', persistent: true }), rowsPerRead: 32 };

/** Each case has an object, and so a database, of its own. */
export class ContractObject extends DurableObject implements Contract {
  async run(number: number): Promise<string> {
    const { storage } = this.ctx;
    return outcomeOf(number, {
      open: async () => createSqlStorage(createDurableConnection(storage), LIMITS),
      alter(from, to) {
        for (const sql of alterSql(from, to)) storage.sql.exec(sql);
      },
    });
  }
}

const DIMENSIONS = 512;
const BULK_ENCODER = { id: 'bulk', dimensions: DIMENSIONS };

/** Adds `size` vectors to the object, 5,000 a route and a message. */
async function fill(size: number): Promise<{ readonly revision: number | undefined }> {
  const storage = createRemoteStorage(ROUTER_OBJECT, 'bulk');
  await storage.load(BULK_ENCODER);
  for (let from = 0; from < size; from += 5000) {
    const utterances = utterancesOf(from, Math.min(5000, size - from), DIMENSIONS);
    await storage.apply([{ type: 'add-route', route: { name: `bulk-${from}`, utterances } }]);
  }
  return { revision: storage.revision };
}

/** Reads all that `fill` wrote; every 97th vector is compared bit for bit. */
async function count(): Promise<object> {
  const start = Date.now();
  const storage = createRemoteStorage(ROUTER_OBJECT, 'bulk');
  const { routes } = await storage.load(BULK_ENCODER);
  const loadMs = Date.now() - start;
  const utterances = routes.flatMap((route) => route.utterances);
  const samples = utterances.filter((_, i) => i % 97 === 0);
  const wrong = samples.filter(({ text, vector }) => {
    const expected = vectorOf(Number(text.slice(5)), DIMENSIONS);
    return vector.length !== DIMENSIONS || vector.some((value, i) => value !== expected[i]);
  });
  return { vectors: utterances.length, wrong: wrong.length, revision: storage.revision, loadMs };
}

/** '' for a case that is kept, else what is wrong. */
async function outcomeOf(number: number, place: StoragePlace): Promise<string> {
  try {
    await STORAGE_CONTRACT[number]?.run(place);
    return '';
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const [, kind, number = '0'] = new URL(request.url).pathname.split('/');
    if (kind === 'cases') return Response.json(STORAGE_CONTRACT.map(({ name }) => name));
    if (kind === 'sql') return new Response(await CONTRACT.getByName(number).run(Number(number)));
    if (kind === 'fill') return Response.json(await fill(Number(number)));
    if (kind === 'count') return Response.json(await count());
    const place = { open: async () => createRemoteStorage(ROUTER_OBJECT, `contract-${number}`) };
    return new Response(await outcomeOf(Number(number), place));
  },
};
