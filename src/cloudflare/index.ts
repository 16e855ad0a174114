/** The Cloudflare preset: one router for all requests of an isolate, its routes in memory or in a Durable Object. */

import kernel from '../kernel.wasm';
import { RouterError } from '../core/errors.ts';
import { parseBatchOptions, parseDecisionOptions, parseDuration, parseRecovery } from '../core/input.ts';
import { parseEncoder, parseOptionNames, parseStorage } from '../core/parts.ts';
import { withOwned } from '../core/disposable.ts';
import { openRouter as openCoreRouter } from '../core/router.ts';
import type { Encoder, RecoveryOptions, Router, RouterOptions, Storage } from '../core/types.ts';
import { createMemoryStorage } from '../storage/memory.ts';
import { createAttendedRouter } from './attended-router.ts';
import { createFollower } from './follower.ts';
import { createEncoder, type EdgeModel } from './model.ts';
import type { RouterObjectNamespace } from './object-wire.ts';
import { createRemoteStorage } from './remote-storage.ts';
import { createRequestClock } from './request-clock.ts';
import { createSharedWork } from './shared-work.ts';

/** Which `RouterObject` holds the routes. */
export interface ObjectChoice {
  /** The binding, for instance `env.ROUTER_OBJECT`. */
  readonly namespace: RouterObjectNamespace;
  /** The object's name in it: one for each set of routes. Default `default`. */
  readonly name?: string;
  /**
   * A query is decided by the routes that were the object's latest at most so many milliseconds before it came.
   * Default 1000. 0 asks the object at every query.
   */
  readonly maxStalenessMs?: number;
}

export interface CloudflareRouterOptions extends RecoveryOptions, Pick<RouterOptions, 'batch' | 'rule' | 'minMargin'> {
  /** Where the model's files are: `fromAssets(env.ASSETS)`, `fromBucket(env.MODELS)`, `fromBytes({ model, tokenizer })`. */
  readonly model?: EdgeModel;
  /** An encoder in place of `model`; it may be shared, and stays the caller's to close. */
  readonly encoder?: Encoder;
  /** Keeps the routes in a Durable Object, the same ones for every isolate. */
  readonly object?: ObjectChoice;
  /** Keeps the routes elsewhere. Default: in this isolate's memory, which ends with it. */
  readonly storage?: Storage;
}

const OPTIONS: Readonly<Record<keyof CloudflareRouterOptions, true>> = {
  object: true,
  storage: true,
  model: true,
  encoder: true,
  batch: true,
  rule: true,
  minMargin: true,
  onMismatch: true,
  onCorrupt: true,
  onReencode: true,
};

/**
 * A router for all requests of this isolate. Returns at once and does nothing: the first call loads model and routes,
 * calls that come meanwhile share that, and one that fails is tried again by the next call. So it may stand in the
 * global scope, where a Worker may do no I/O.
 *
 * Throws `INVALID_OPTION`. Its calls reject also with `MODEL_LOAD_FAILED`, and with `STORAGE_FAILED` where the Durable
 * Object cannot be reached.
 */
export function openRouter(options: CloudflareRouterOptions): Router {
  const { model, encoder, object, storage, ...rest } = parseOptionNames(options, OPTIONS);
  if ((model === undefined) === (encoder === undefined)) throw oneOf('`model` and `encoder`');
  if (object && storage) throw oneOf('`object` and `storage`');
  if (encoder !== undefined) parseEncoder(encoder);
  if (storage !== undefined) parseStorage(storage);
  parseBatchOptions(rest.batch);
  parseDecisionOptions(rest);
  parseRecovery(rest);
  const maxStalenessMs = parseDuration(object?.maxStalenessMs, 'object.maxStalenessMs', 1000);
  const requests = createRequestClock();
  const getEncoder = createSharedWork(async () => encoder ?? createEncoder(model as EdgeModel), requests, {
    keeps: true,
  });
  const openOn = async (place: Storage): Promise<Router> => {
    const used = await getEncoder();
    const router = await openCoreRouter({ ...rest, encoder: used, storage: place, clock: requests.clock, kernel });
    return encoder ? router : withOwned(router, used);
  };
  const open = createSharedWork(
    async () => {
      if (!object) return openOn(storage ?? createMemoryStorage());
      const remote = createRemoteStorage(object.namespace, object.name ?? 'default');
      const router = await openOn(remote);
      return createFollower({ router, storage: remote, maxStalenessMs, requests });
    },
    requests,
    { keeps: true },
  );
  return createAttendedRouter(open, requests);
}

function oneOf(names: string): RouterError {
  return new RouterError('INVALID_OPTION', `Got both or neither of ${names}; pass one of them.`);
}

export { createEncoder, fromAssets, fromBucket, fromBytes } from './model.ts';
export type { AssetsBinding, BucketBinding, EdgeModel, OwnModel } from './model.ts';
export { createDurableConnection, type DurableStorage } from './durable-sql.ts';
export { RouterObject } from './router-object.ts';
export type { RouterObjectNamespace, RouterObjectStub } from './object-wire.ts';
export * from '../index.ts';
