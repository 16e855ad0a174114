/** Owns the wiring: encoder, index, decision, queues and storage make a `Router`. The one room that knows them all. */

import { createClock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { makeDisposable } from './disposable.ts';
import { EngineRoom } from './encoder-switch.ts';
import { createEngine } from './engine.ts';
import { closedError, toRouterError } from './errors.ts';
import { guarded } from './guard.ts';
import {
  parseBatchOptions,
  parseCallback,
  parseCallOptions,
  parseCloseOptions,
  parseDecisionOptions,
  parseQueries,
  parseObject,
  parseQuery,
  parseRecovery,
  parseTextKind,
} from './input.ts';
import { createFitVerbs } from './fit/fit-verbs.ts';
import { createMutations } from './mutations.ts';
import { joinEmbeddings, type Embedding } from './embed.ts';
import { loadTable, type LoadOptions } from './load-table.ts';
import { parseEncoder, parsePart, parseStorage } from './parts.ts';
import { createReports } from './reports.ts';
import { createTransfer } from './transfer.ts';
import type {
  AbortSignalLike,
  Clock,
  Encoder,
  EncoderStatus,
  LocalRouter,
  RouterOptions,
  SetEncoderOptions,
  Storage,
} from './types.ts';
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
export async function openRouter(options: RouterOptions): Promise<LocalRouter> {
  const { encoder, storage, clock, limits, deciding, loading, isWarmedUp } = parseOptions(options);
  const table = await loadTable(encoder, storage, loading).catch(async (error: unknown) => {
    await closeStorage(storage).catch(() => undefined);
    throw error;
  });
  const settings = { deciding, limits, clock };
  const writes = createWriteQueue(storage);
  const turns = createTurns();
  const first = createEngine(encoder, table, settings);
  const room = new EngineRoom({ first, settings, loading, turns, writes, checkOpen });
  const verbs = createMutations({ current: () => room.current, writes, turns, embedMany, checkOpen, clock });
  let closing: Promise<void> | undefined;

  async function embedMany(texts: readonly string[], signal?: AbortSignalLike): Promise<readonly Embedding[]> {
    // Not at all otherwise: a change keeps its place among the queries of its moment.
    if (room.lastStep) await room.lastStep;
    return room.current.embedMany(texts, signal);
  }

  function checkOpen(): void {
    if (closing) throw closedError();
  }

  if (isWarmedUp) first.decider.preparation.begin();
  return makeDisposable<LocalRouter>({
    ...verbs,
    ...createFitVerbs({ current: () => room.current, writes, turns, checkOpen, clock }),
    ...createTransfer({ current: () => room.current, storage, writes, turns, clock, loading, checkOpen }),
    async routes() {
      checkOpen();
      const { decider } = room.current;
      await decider.preparation.ready();
      return decider.snapshots();
    },
    ...createReports({ current: () => room.current, checkOpen, clock, turns }),
    ...createAnswers({ room, checkOpen, clock }),
    async status() {
      checkOpen();
      const { encoder: now, table: routes } = room.current;
      return {
        encoder: guarded(() => now.status?.() ?? unknownStatus(now), 'ENCODER_FAILED')(),
        storage: guarded(() => storage.status(), 'STORAGE_FAILED')(),
        routes: routes.routeCount,
        utterances: routes.utteranceCount,
        revision: writes.revision,
        durableRevision: writes.durableRevision,
        writeFailure: writes.failure,
        ...room.decided(),
        index: routes.indexStatus,
        fit: room.current.decider.fitStatus,
      };
    },
    async close(closeOptions) {
      const pending = parseCloseOptions(closeOptions);
      await (closing ??= closeAll({ room, turns, writes, storage }, pending));
    },
  });
}

const parseOptions = guarded((given: RouterOptions) => {
  const options = parseObject(given, 'options') as RouterOptions;
  const { clock = createClock(), warmUp } = options;
  const limits = parseBatchOptions(options.batch);
  return {
    encoder: parseEncoder(options.encoder),
    storage: parseStorage(options.storage),
    clock: parsePart<Clock>(clock, 'clock', ['now', 'setTimeout', 'clearTimeout', 'soon']),
    limits,
    deciding: parseDecisionOptions(options),
    loading: parseLoading(options, limits.maxBatchSize),
    isWarmedUp: Boolean(warmUp),
  };
});

function parseLoading(options: RouterOptions, maxBatchSize: number): LoadOptions {
  const { kernel, populate, signal: given } = options;
  const { signal } = parseCallOptions({ ...(given && { signal: given }) });
  const onReencode = parseCallback(options.onReencode, 'onReencode');
  return { ...parseRecovery(options), onReencode, signal, kernel, populate, maxBatchSize };
}

interface AnswerParts {
  readonly room: EngineRoom;
  readonly checkOpen: () => void;
  readonly clock: Clock;
}

/** What is asked of the encoder that answers now, and its change. */
function createAnswers({
  room,
  checkOpen,
  clock,
}: AnswerParts): Pick<LocalRouter, 'query' | 'queryMany' | 'encode' | 'setEncoder'> {
  return {
    async query(input, callOptions) {
      checkOpen();
      const text = parseQuery(input);
      return withDeadline(parseCallOptions(callOptions), clock, (signal) => room.current.queries(text, signal));
    },
    async queryMany(inputs, callOptions) {
      checkOpen();
      const texts = parseQueries(inputs);
      return withDeadline(parseCallOptions(callOptions), clock, (signal) => room.current.decideMany(texts, signal));
    },
    async encode(inputs, callOptions) {
      checkOpen();
      const texts = parseQueries(inputs);
      const kind = parseTextKind(callOptions);
      return withDeadline(parseCallOptions(callOptions), clock, async (signal) => {
        const { encoder, embedQueries, embedMany } = room.current;
        const embeddings = await (kind === 'query' ? embedQueries : embedMany)(texts, signal);
        return joinEmbeddings(embeddings, encoder.dimensions);
      });
    },
    async setEncoder(next, switchOptions) {
      checkOpen();
      return withDeadline(parseCallOptions(switchOptions), clock, (signal) =>
        room.setEncoder(next, parseOnReencode(switchOptions), signal),
      );
    },
  };
}

const parseOnReencode = guarded((options?: SetEncoderOptions) => parseCallback(options?.onReencode, 'onReencode'));

function unknownStatus({ id, dimensions }: Encoder): EncoderStatus {
  return { id, dimensions, runtime: 'not reported', device: 'unknown', threads: 1 };
}

interface ClosedParts {
  readonly room: EngineRoom;
  readonly turns: Turns;
  readonly writes: WriteQueue;
  readonly storage: Storage;
}

async function closeAll({ room, turns, writes, storage }: ClosedParts, pending: 'reject' | 'drain'): Promise<void> {
  await room.closeLanes(pending);
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
