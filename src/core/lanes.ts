/** Owns the queues before the encoder, and what becomes of a batch: vectors for mutations, decisions for queries. */

import { createAbort, onAbort } from './abort-listeners.ts';
import { BatchQueue, queueFullError, type BatchQueueOptions } from './batch-queue.ts';
import { BatchRecord } from './batch-record.ts';
import type { DecidedProbe, Decider } from './decider.ts';
import { embed, type Embedding } from './embed.ts';
import { EmbeddingCache } from './embedding-cache.ts';
import { inSlices, type Slicing } from './slices.ts';
import type { AbortSignalLike, BatchOptions, Clock, Decision, Encoder, RouterStatus, TextKind } from './types.ts';

/** Texts that one search decides, as many as share a walk of the index; about 30 ms among 150 routes of 60 examples. */
export const DECIDED_AT_ONCE = 32;

/** Long texts take up to 3 ms each: their words are many. */
const LONG_DECIDED_AT_ONCE = 4;
/** Characters, beyond which a text is long: some 64 tokens, or 3 ms of the embedded model natively. */
const LONG = 256;

/** When the encoder run that made a vector began and ended, by the router's clock. */
export interface EncoderRun {
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface TimedEmbedding extends Embedding {
  readonly run: EncoderRun;
}

export interface Lanes {
  /** One query, by the lane of single queries, which is bounded. */
  readonly queries: (text: string, signal?: AbortSignalLike) => Promise<Decision>;
  /** Any number of queries, by the bulk lane; `QUEUE_FULL` where it holds `maxQueueSize` already, however many these are. */
  readonly decideMany: (texts: readonly string[], signal?: AbortSignalLike) => Promise<readonly Decision[]>;
  /** Utterances, by the bulk lane. */
  readonly embedMany: (texts: readonly string[], signal?: AbortSignalLike) => Promise<readonly Embedding[]>;
  /** Queries that are not decided, by the bulk lane. */
  readonly embedQueries: (
    texts: readonly string[],
    signal?: AbortSignalLike,
    onEmbedded?: () => void,
  ) => Promise<readonly TimedEmbedding[]>;
  readonly decided: () => Pick<RouterStatus, 'queued' | 'queries' | 'queryRuns' | 'batching'>;
  readonly closeLanes: (pending: 'reject' | 'drain') => Promise<void>;
}

/**
 * Four queues on one encoder, whose runs take turns: neither ten thousand utterances nor a few long texts stand before a
 * short query.
 * A batch of queries is decided by one search when its vectors are there, so every one of its decisions sees the
 * same routes.
 */
export function createLanes(
  encoder: Encoder,
  decider: Decider,
  { cacheSize, ...limits }: Required<BatchOptions>,
  clock: Clock,
): Lanes {
  const cache = new EmbeddingCache(cacheSize);
  const embedSingle = createRemembering(encoder, cache);
  const record = new BatchRecord();
  const own = { ...limits, clock };
  const runLong = async (texts: readonly string[]): Promise<readonly Decision[]> =>
    decideInSlices(toProbes(texts, await embedSingle(texts)));
  const long = new BatchQueue<string, Decision>({ ...own, record, run: runLong });
  const offThread = encoder.offThread ?? false;
  const short = new BatchQueue<string, Decision>({ ...own, record, offThread, run: runQueries });
  const queryBulk = createBulkQueue(encoder, 'query', own);
  const utteranceBulk = createBulkQueue(encoder, 'utterance', own);
  const bounded = createBound(limits.maxQueueSize, record);
  let queries = 0;

  async function runQueries(texts: readonly string[]): Promise<() => readonly Decision[]> {
    const embeddings = await embedSingle(texts);
    await decider.preparation.ready();
    return () => decideAll(texts, embeddings);
  }

  function decideAll(texts: readonly string[], embeddings: readonly Embedding[]): readonly Decision[] {
    queries += embeddings.length;
    return decideTogether(decider, toProbes(texts, embeddings));
  }

  /** By the routes of each slice's moment: all at once would hold up what waits for a decision. */
  function decideInSlices(probes: readonly DecidedProbe[], signal?: AbortSignalLike): Promise<readonly Decision[]> {
    return mapDecisions(decider, probes, { clock, signal }, (decision) => {
      queries++;
      return decision;
    });
  }

  return {
    async queries(text, signal) {
      const known = cache.get(text);
      if (!known || signal?.aborted) return (text.length > LONG ? long : short).push(text, signal);
      await decider.preparation.ready(signal);
      return decideAll([text], [known])[0] as Decision;
    },
    decideMany: (texts, signal) =>
      bounded(texts.length, async () =>
        decideInSlices(toProbes(texts, await embedAll(queryBulk, texts, signal)), signal),
      ),
    embedMany: (texts, signal) => embedAll(utteranceBulk, texts, signal),
    embedQueries: (texts, signal, onEmbedded) => embedAll(queryBulk, texts, signal, onEmbedded),
    decided: () => ({
      queued: short.waiting + long.waiting,
      queries,
      queryRuns: short.batches + long.batches,
      batching: record.report(),
    }),
    async closeLanes(pending) {
      // Spare time ends.
      void decider.preparation.settled();
      await Promise.all([short, long, queryBulk, utteranceBulk].map((queue) => queue.close(pending)));
    },
  };
}

/** Embeds queries and remembers their vectors. */
function createRemembering(
  encoder: Encoder,
  cache: EmbeddingCache,
): (texts: readonly string[]) => Promise<readonly Embedding[]> {
  return async (texts) => {
    const embeddings = await embed(encoder, texts, { kind: 'query' });
    for (const [i, text] of texts.entries()) cache.set(text, embeddings[i] as Embedding);
    return embeddings;
  };
}

function decideTogether(decider: Decider, probes: readonly DecidedProbe[]): readonly Decision[] {
  const decisions: Decision[] = [];
  for (let first = 0; first < probes.length; first += DECIDED_AT_ONCE) {
    decisions.push(...decider.decide(probes.slice(first, first + DECIDED_AT_ONCE)));
  }
  return decisions;
}

type Bulk = BatchQueue<string, TimedEmbedding>;

/** Of one kind each: a run has one. Nothing is sent ahead: a single query waits for one bulk run at most. */
function createBulkQueue(
  encoder: Encoder,
  kind: TextKind,
  limits: Omit<BatchQueueOptions<string, TimedEmbedding>, 'run'>,
): Bulk {
  const { clock } = limits;
  async function run(texts: readonly string[]): Promise<readonly TimedEmbedding[]> {
    const startedAt = clock.now();
    const embeddings = await embed(encoder, texts, { kind });
    const own: EncoderRun = { startedAt, endedAt: clock.now() };
    return embeddings.map((embedding) => ({ ...embedding, run: own }));
  }
  return new BatchQueue({ ...limits, maxQueueSize: Infinity, run });
}

/** Lets no act begin while those under way have as many texts as that; so a lone act may have any number. */
function createBound(
  maxQueueSize: number,
  record: BatchRecord,
): <T>(textCount: number, act: () => Promise<T>) => Promise<T> {
  let unanswered = 0;
  return async (textCount, act) => {
    if (unanswered >= maxQueueSize) {
      record.shed += textCount;
      throw queueFullError(maxQueueSize);
    }
    unanswered += textCount;
    try {
      return await act();
    } finally {
      unanswered -= textCount;
    }
  };
}

/** Any number of texts, in order. */
async function embedAll(
  queue: Bulk,
  texts: readonly string[],
  signal?: AbortSignalLike,
  onEmbedded?: () => void,
): Promise<readonly TimedEmbedding[]> {
  // Shortest first, so that texts of like length share a run and little is padding.
  const shortestFirst = [...texts.entries()].toSorted(([, a], [, b]) => a.length - b.length);
  const embeddings: TimedEmbedding[] = [];
  const ending = createAbort();
  const release = onAbort(signal, () => ending.abort(signal?.reason));
  if (signal?.aborted) ending.abort(signal.reason);
  const pushes = shortestFirst.map(async ([i, text]) => {
    embeddings[i] = await queue.push(text, ending.signal);
    onEmbedded?.();
  });
  try {
    await Promise.all(pushes);
    return embeddings;
  } finally {
    release();
    // Where a run has failed, the texts that still wait need none.
    ending.abort(undefined);
  }
}

export function toProbes(texts: readonly string[], embeddings: readonly Embedding[]): readonly DecidedProbe[] {
  return embeddings.map((embedding, i) => ({ ...embedding, text: texts[i] as string }));
}

/** Decides probes in slices, and keeps of each decision only what is asked of it. */
export async function mapDecisions<T>(
  decider: Decider,
  probes: readonly DecidedProbe[],
  slicing: Slicing,
  pick: (decision: Decision, i: number) => T,
): Promise<readonly T[]> {
  const picked: T[] = [];
  await inSlices(
    probes,
    probes.some(({ text }) => text.length > LONG) ? LONG_DECIDED_AT_ONCE : DECIDED_AT_ONCE,
    { ...slicing, ready: (signal) => decider.preparation.ready(signal) },
    (some) => {
      for (const decision of decider.decide(some)) picked.push(pick(decision, picked.length));
    },
  );
  return picked;
}
