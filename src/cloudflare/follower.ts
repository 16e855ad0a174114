/** Owns the router that follows a `RouterObject`: how old its routes may be, and how its writes meet those of others. */

import { unlessAborted } from '../core/abort-listeners.ts';
import type { CallOptions, MutationReceipt, Router, RouterReports } from '../core/types.ts';
import { makeDisposable } from '../core/disposable.ts';
import type { RemoteStorage } from './remote-storage.ts';
import type { RequestClock } from './request-clock.ts';
import { createSharedWork } from './shared-work.ts';

/** Each attempt begins with the latest routes, so a fourth means that others write without pause. */
const MAX_ATTEMPTS = 4;

export interface FollowerParts {
  /** Opened on `storage`. */
  readonly router: Router;
  readonly storage: RemoteStorage;
  readonly maxStalenessMs: number;
  readonly requests: RequestClock;
}

export function createFollower({ router, storage, maxStalenessMs, requests }: FollowerParts): Router {
  const refresh = createSharedWork(
    async () => {
      if (!(await storage.confirm())) await router.reload();
    },
    requests,
    { keeps: false },
  );

  /** Returns with routes that were the object's latest at most `maxStalenessMs` ago. */
  async function beFresh(): Promise<void> {
    const ageMs = Date.now() - storage.confirmedAt;
    if (storage.revision === undefined || ageMs > maxStalenessMs) await refresh();
    // Under steady traffic no query waits for the object.
    else if (ageMs > maxStalenessMs / 2) void refresh().catch(ignore);
  }

  async function write<T extends MutationReceipt>(change: () => Promise<T>, options?: CallOptions): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      // A change is judged by the latest routes, not by those of a second ago.
      await unlessAborted(refresh(), options?.signal);
      const receipt = await change();
      const isDurable = await receipt.durable.then(
        () => true,
        async (error: unknown) => {
          const mayRetry = storage.isOvertaken && attempt < MAX_ATTEMPTS;
          // Takes the change back from memory, where the object does not have it.
          await router.reload();
          if (!mayRetry) throw error;
          return false;
        },
      );
      if (isDurable) return { ...receipt, revision: storage.revision ?? receipt.revision, durable: Promise.resolve() };
    }
  }

  return makeDisposable({
    addRoute: (route, options) => write(() => router.addRoute(route, options), options),
    removeRoute: (name) => write(() => router.removeRoute(name)),
    addUtterances: (name, utterances, options) => write(() => router.addUtterances(name, utterances, options), options),
    removeUtterances: (name, utterances) => write(() => router.removeUtterances(name, utterances)),
    addNegatives: (name, negatives, options) => write(() => router.addNegatives(name, negatives, options), options),
    removeNegatives: (name, negatives) => write(() => router.removeNegatives(name, negatives)),
    fit: (options) => write(() => router.fit(options), options),
    dropFit: () => write(() => router.dropFit()),
    setThreshold: (name, threshold) => write(() => router.setThreshold(name, threshold)),
    ...createReads(router, beFresh),
    flush: () => router.flush(),
    reload: () => router.reload(),
    importFile: (file, options) => write(() => router.importFile(file, options), options),
    async status() {
      await beFresh();
      const status = await router.status();
      const revision = storage.revision ?? status.revision;
      return { ...status, revision, durableRevision: revision };
    },
    close: (options) => router.close(options),
  });
}

type Reads = Pick<Router, 'routes' | 'query' | 'queryMany' | 'encode' | 'exportFile' | keyof RouterReports>;

/** What needs routes that are fresh enough, and changes none. */
function createReads(router: Router, beFresh: () => Promise<void>): Reads {
  async function ask<T>(question: () => Promise<T>, options?: CallOptions): Promise<T> {
    await unlessAborted(beFresh(), options?.signal);
    return question();
  }

  return {
    routes: () => ask(() => router.routes()),
    query: (text, options) => ask(() => router.query(text, options), options),
    queryMany: (texts, options) => ask(() => router.queryMany(texts, options), options),
    // Of no route: they may be of any age.
    encode: (texts, options) => router.encode(texts, options),
    exportFile: () => ask(() => router.exportFile()),
    explain: (text, options) => ask(() => router.explain(text, options), options),
    replay: (texts, changes, options) => ask(() => router.replay(texts, changes, options), options),
    lint: (options) => ask(() => router.lint(options), options),
    evaluate: (samples, options) => ask(() => router.evaluate(samples, options), options),
  };
}

function ignore(): void {
  // The next query that must wait for the object has its refusal.
}
