/** Owns the wiring: encoder, index, decision, queues and storage make a `Router`. The one room that knows them all. */

import { BatchQueue } from './batch-queue.ts';
import { createClock } from './clock.ts';
import { decide } from './decide.ts';
import { makeDisposable } from './disposable.ts';
import { embed, type Embedding } from './embed.ts';
import { closedError, toRouterError } from './errors.ts';
import { createMutations } from './mutations.ts';
import { parseDuration, parseInteger, parseQueries, parseQuery } from './route-input.ts';
import { RouteTable } from './route-table.ts';
import type {
  AbortSignalLike,
  BatchOptions,
  Clock,
  Decision,
  Encoder,
  EncoderStatus,
  Router,
  RouterOptions,
  Storage,
} from './types.ts';
import { createWriteQueue } from './write-queue.ts';

/**
 * Opens a router on an encoder and a storage: loads the stored routes, encodes nothing.
 *
 * The router owns the storage from here on and closes it. The encoder may be shared by many routers
 * and stays the caller's to close. The presets (`synaptoroute/node`, `synaptoroute/browser`) make both.
 *
 * Rejects with `INVALID_OPTION`, `STORAGE_FAILED`, and what the storage's `load` says.
 */
export async function openRouter(options: RouterOptions): Promise<Router> {
  const { encoder, storage, clock = createClock(), batch } = options;
  const { queries, embedMany, closeLanes } = createLanes(encoder, parseBatchOptions(batch), clock);
  const table = await loadTable(encoder, storage);
  const writes = createWriteQueue(storage);
  const { verbs, settled } = createMutations({ table, writes, embedMany, checkOpen });
  let closing: Promise<void> | undefined;

  function checkOpen(): void {
    if (closing) throw closedError();
  }

  function decideOne({ vector, truncated }: Embedding): Decision {
    return decide(table.hits(vector), encoder.id, truncated);
  }

  async function closeAll(): Promise<void> {
    await closeLanes();
    await settled();
    try {
      await writes.flush();
    } finally {
      await storage.close();
    }
  }

  return makeDisposable({
    ...verbs,
    async routes() {
      checkOpen();
      return table.snapshots();
    },
    async query(text, { signal } = {}) {
      return decideOne(await queries.push(parseQuery(text), signal));
    },
    async queryMany(texts, { signal } = {}) {
      checkOpen();
      return (await embedMany(parseQueries(texts), signal)).map(decideOne);
    },
    async flush() {
      checkOpen();
      await settled();
      await writes.flush();
    },
    async status() {
      checkOpen();
      return {
        encoder: encoder.status?.() ?? unknownStatus(encoder),
        storage: storage.status(),
        routes: table.routeCount,
        utterances: table.utteranceCount,
        revision: writes.revision,
        durableRevision: writes.durableRevision,
        queued: queries.waiting,
        queries: queries.answered,
        queryRuns: queries.batches,
      };
    },
    close: () => (closing ??= closeAll()),
  });
}

interface Lanes {
  /** Single queries, bounded. */
  readonly queries: BatchQueue<string, Embedding>;
  /** Many texts at once: utterances and `queryMany`. */
  readonly embedMany: (texts: readonly string[], signal?: AbortSignalLike) => Promise<readonly Embedding[]>;
  readonly closeLanes: () => Promise<void>;
}

/** Two queues on one encoder, whose runs take turns: ten thousand utterances never stand before one query. */
function createLanes(encoder: Encoder, limits: Required<BatchOptions>, clock: Clock): Lanes {
  const run = (texts: readonly string[]): Promise<readonly Embedding[]> => embed(encoder, texts);
  const queries = new BatchQueue({ ...limits, run, clock });
  const bulk = new BatchQueue({ ...limits, run, clock, maxQueueSize: Infinity });
  return {
    queries,
    async embedMany(texts, signal) {
      // Shortest first, so that texts of like length share a run and little is padding.
      const shortestFirst = [...texts.entries()].toSorted(([, a], [, b]) => a.length - b.length);
      const embeddings: Embedding[] = [];
      const pushes = shortestFirst.map(async ([i, text]) => {
        embeddings[i] = await bulk.push(text, signal);
      });
      await Promise.all(pushes);
      return embeddings;
    },
    async closeLanes() {
      await Promise.all([queries.close(), bulk.close()]);
    },
  };
}

function parseBatchOptions({ maxBatchSize, maxWaitMs, maxQueueSize }: BatchOptions = {}): Required<BatchOptions> {
  return {
    maxBatchSize: parseInteger(maxBatchSize, 'batch.maxBatchSize', 32, 1),
    maxWaitMs: parseDuration(maxWaitMs, 'batch.maxWaitMs', 2),
    maxQueueSize: parseInteger(maxQueueSize, 'batch.maxQueueSize', 10_000, 1),
  };
}

async function loadTable(encoder: Encoder, storage: Storage): Promise<RouteTable> {
  const { id, dimensions, defaultThreshold } = encoder;
  const table = new RouteTable(dimensions, defaultThreshold);
  const routes = await storage.load({ id, dimensions }).catch((error: unknown) => {
    throw toRouterError(error, 'STORAGE_FAILED', 'Loading the routes');
  });
  for (const route of routes) table.apply({ type: 'add-route', route });
  return table;
}

function unknownStatus({ id, dimensions }: Encoder): EncoderStatus {
  return { id, dimensions, runtime: 'not reported', device: 'unknown', threads: 1 };
}
