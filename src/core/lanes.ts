/** Owns the queues before the encoder, and what becomes of a batch: vectors for mutations, decisions for queries. */

import { createAbort, onAbort } from './abort-listeners.ts';
import { BatchQueue } from './batch-queue.ts';
import type { DecidedProbe, Decider } from './decider.ts';
import { embed, type Embedding } from './embed.ts';
import { EmbeddingCache } from './embedding-cache.ts';
import { inSlices, type Slicing } from './slices.ts';
import type { AbortSignalLike, BatchOptions, Clock, Decision, Encoder, RouterStatus, TextKind } from './types.ts';

/** Texts that one search decides, as many as share a walk of the index; about 30 ms among 150 routes of 60 examples. */
export const DECIDED_AT_ONCE = 32;

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
  /** Any number of queries, by the bulk lane. */
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
 * Three queues on one encoder, whose runs take turns: ten thousand utterances never stand before one query.
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
  const { offThread = false } = encoder;
  const single = new BatchQueue<string, Decision>({ ...limits, clock, offThread, run: runQueries });
  const bulk = { query: createBulk('query'), utterance: createBulk('utterance') };
  let queries = 0;

  /** Of one kind each: a run has one. Nothing is sent ahead: a single query waits for one bulk run at most. */
  function createBulk(kind: TextKind): BatchQueue<string, TimedEmbedding> {
    async function run(texts: readonly string[]): Promise<readonly TimedEmbedding[]> {
      const startedAt = clock.now();
      const embeddings = await embed(encoder, texts, { kind });
      const own: EncoderRun = { startedAt, endedAt: clock.now() };
      return embeddings.map((embedding) => ({ ...embedding, run: own }));
    }
    return new BatchQueue({ ...limits, clock, maxQueueSize: Infinity, run });
  }

  async function runQueries(texts: readonly string[]): Promise<() => readonly Decision[]> {
    const embeddings = await embed(encoder, texts, { kind: 'query' });
    for (const [i, text] of texts.entries()) cache.set(text, embeddings[i] as Embedding);
    await decider.preparation.ready();
    return () => decideAll(texts, embeddings);
  }

  function decideAll(texts: readonly string[], embeddings: readonly Embedding[]): readonly Decision[] {
    queries += embeddings.length;
    const probes = toProbes(texts, embeddings);
    const decisions: Decision[] = [];
    for (let first = 0; first < probes.length; first += DECIDED_AT_ONCE) {
      decisions.push(...decider.decide(probes.slice(first, first + DECIDED_AT_ONCE)));
    }
    return decisions;
  }

  /** In slices, by the routes of each slice's moment: all at once would hold up what waits for a decision. */
  async function decideMany(texts: readonly string[], signal?: AbortSignalLike): Promise<readonly Decision[]> {
    const probes = toProbes(texts, await embedAll(bulk.query, texts, signal));
    return mapDecisions(decider, probes, { clock, signal }, (decision) => {
      queries++;
      return decision;
    });
  }

  return {
    async queries(text, signal) {
      const known = cache.get(text);
      if (!known || signal?.aborted) return single.push(text, signal);
      await decider.preparation.ready(signal);
      return decideAll([text], [known])[0] as Decision;
    },
    decideMany,
    embedMany: (texts, signal) => embedAll(bulk.utterance, texts, signal),
    embedQueries: (texts, signal, onEmbedded) => embedAll(bulk.query, texts, signal, onEmbedded),
    decided: () => ({ queued: single.waiting, queries, queryRuns: single.batches, batching: single.report() }),
    async closeLanes(pending) {
      // Spare time ends.
      void decider.preparation.settled();
      await Promise.all([single, bulk.query, bulk.utterance].map((queue) => queue.close(pending)));
    },
  };
}

/** Any number of texts, in order. */
async function embedAll(
  queue: BatchQueue<string, TimedEmbedding>,
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
    DECIDED_AT_ONCE,
    { ...slicing, ready: (signal) => decider.preparation.ready(signal) },
    (some) => {
      for (const decision of decider.decide(some)) picked.push(pick(decision, picked.length));
    },
  );
  return picked;
}
