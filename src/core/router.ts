/** Owns the wiring: encoder, index, decision, queues and storage make a `Router`. The one room that knows them all. */

import { createClock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { makeDisposable } from './disposable.ts';
import { Decider } from './decider.ts';
import { closedError, toRouterError } from './errors.ts';
import {
  parseBatchOptions,
  parseCallOptions,
  parseCloseOptions,
  parseDecisionOptions,
  parseQueries,
  parseQuery,
  parseRecovery,
  parseRouterOptions,
} from './input.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { createMutations } from './mutations.ts';
import { loadTable } from './load-table.ts';
import type { Encoder, EncoderStatus, Router, RouterOptions, Storage } from './types.ts';
import { createTransfer } from './transfer.ts';
import { createTurns, type Turns } from './turns.ts';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

/**
 * Opens a router on an encoder and a storage: loads the stored routes, and encodes nothing unless `onMismatch` or
 * `onCorrupt` says so.
 *
 * The router owns the storage from here on and closes it. The encoder may be shared by many routers
 * and stays the caller's to close. The presets (`synaptoroute/node`, `synaptoroute/browser`) make both.
 *
 * Rejects with `INVALID_OPTION`, `ENCODER_MISMATCH`, `STORAGE_CORRUPT`, `STORAGE_FAILED`, `ABORTED`, `TIMEOUT`.
 */
export async function openRouter(options: RouterOptions): Promise<Router> {
  const { encoder, storage, clock = createClock(), kernel, onReencode } = parseRouterOptions(options);
  const limits = parseBatchOptions(options.batch);
  const deciding = parseDecisionOptions(options);
  const recovery = parseRecovery(options);
  const opening = parseCallOptions({ ...(options.signal && { signal: options.signal }) });
  const loading = { ...recovery, onReencode, signal: opening.signal, kernel, maxBatchSize: limits.maxBatchSize };
  const table = await loadTable(encoder, storage, loading).catch(async (error: unknown) => {
    await closeStorage(storage).catch(() => undefined);
    throw error;
  });
  const decider = new Decider(encoder, table, deciding);
  const { decided, queries, embedMany, decideMany, closeLanes } = createLanes(encoder, decider, limits, clock);
  const writes = createWriteQueue(storage);
  const turns = createTurns();
  const verbs = createMutations({ table, writes, turns, embedMany, checkOpen, clock });
  let closing: Promise<void> | undefined;

  function checkOpen(): void {
    if (closing) throw closedError();
  }

  return makeDisposable({
    ...verbs,
    ...createTransfer({ encoder, storage, table, writes, turns, clock, loading, checkOpen }),
    async routes() {
      checkOpen();
      return decider.snapshots();
    },
    async query(input, callOptions) {
      checkOpen();
      const text = parseQuery(input);
      return withDeadline(parseCallOptions(callOptions), clock, (signal) => queries(text, signal));
    },
    async queryMany(inputs, callOptions) {
      checkOpen();
      const texts = parseQueries(inputs);
      return withDeadline(parseCallOptions(callOptions), clock, (signal) => decideMany(texts, signal));
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
        writeFailure: writes.failure,
        ...decided(),
        index: table.indexStatus,
      };
    },
    async close(closeOptions) {
      const pending = parseCloseOptions(closeOptions);
      await (closing ??= closeAll({ closeLanes, turns, writes, storage }, pending));
    },
  });
}

function unknownStatus({ id, dimensions }: Encoder): EncoderStatus {
  return { id, dimensions, runtime: 'not reported', device: 'unknown', threads: 1 };
}

interface ClosedParts extends Pick<Lanes, 'closeLanes'> {
  readonly turns: Turns;
  readonly writes: WriteQueue;
  readonly storage: Storage;
}

async function closeAll(
  { closeLanes, turns, writes, storage }: ClosedParts,
  pending: 'reject' | 'drain',
): Promise<void> {
  await closeLanes(pending);
  await turns.settled();
  try {
    await writes.flush();
  } finally {
    await closeStorage(storage);
  }
}

async function closeStorage(storage: Storage): Promise<void> {
  try {
    await storage.close();
  } catch (error) {
    throw toRouterError(error, 'STORAGE_FAILED', 'Closing the storage');
  }
}
