/** A Worker that runs the storage contract: on a Durable Object's SQL inside the object, and on a `RouterObject` from outside. */

import { DurableObject, env } from 'cloudflare:workers';
import { createDurableConnection, createSqlStorage, type RouterObjectNamespace } from 'synaptoroute/cloudflare';
import { createRemoteStorage } from '../../../dist/cloudflare/remote-storage.js';
import { STORAGE_CONTRACT, type StoragePlace } from '../../support/storage-contract.ts';

export { RouterObject } from 'synaptoroute/cloudflare';

interface Contract {
  run(number: number): Promise<string>;
}

const { CONTRACT, ROUTER_OBJECT } = env as unknown as {
  readonly CONTRACT: { getByName(name: string): Contract };
  readonly ROUTER_OBJECT: RouterObjectNamespace;
};

const LIMITS = { status: () => ({ kind: 'durable-object', persistent: true }), rowsPerRead: 64 };

/** Each case has an object, and so a database, of its own. */
export class ContractObject extends DurableObject implements Contract {
  async run(number: number): Promise<string> {
    return outcomeOf(number, { open: async () => createSqlStorage(createDurableConnection(this.ctx.storage), LIMITS) });
  }
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
    const place = { open: async () => createRemoteStorage(ROUTER_OBJECT, `contract-${number}`) };
    return new Response(await outcomeOf(Number(number), place));
  },
};
