/**
 * The reports: texts to vectors, then one look at the routes as they stand. Each is loaded when it is first asked for: a
 * router that only answers needs none.
 */

import { withDeadline } from './deadline.ts';
import type { Weighed } from './decider.ts';
import type { Engine } from './engine.ts';
import { parseCallOptions, parseQueries, parseQuery } from './input.ts';
import { mapDecisions, toProbes, type TimedEmbedding } from './lanes.ts';
import { parseCandidateCount, parseEvaluated, parseProgress } from './report-input.ts';
import type { Turns } from './turns.ts';
import type { AbortSignalLike, Clock, Explanation, RouterReports } from './types.ts';

/** Texts between two words about progress: two full encoder runs. */
const PROGRESS_STEP = 64;

export interface ReportParts {
  /** What answers now; a report is made by one engine from its beginning to its end. */
  readonly current: () => Engine;
  /** Throws once the router is closed. */
  readonly checkOpen: () => void;
  readonly clock: Clock;
  /** The order of the changes. */
  readonly turns: Turns;
}

export function createReports({ current, checkOpen, clock, turns }: ReportParts): RouterReports {
  return {
    async explain(input, options) {
      checkOpen();
      const text = parseQuery(input);
      const count = parseCandidateCount(options);
      return withDeadline(parseCallOptions(options), clock, (signal) =>
        explainText({ engine: current(), text, count, clock }, signal),
      );
    },
    async lint(options) {
      checkOpen();
      return withDeadline(parseCallOptions(options), clock, (signal) =>
        // It speaks of the routes as they stand, so changes wait.
        turns.take(async () => (await import('./lint.ts')).lint(current(), { clock, signal }), { signal }),
      );
    },
    async replay(inputs, changes, options) {
      checkOpen();
      const texts = parseQueries(inputs);
      const { parseChanges, prepareChange, replay } = await import('./replay.ts');
      const parsed = parseChanges(changes);
      return withDeadline(parseCallOptions(options), clock, async (signal) => {
        const { decider, table, embedQueries, embedMany } = current();
        const preparing = parsed.map((change) => prepareChange(change, embedMany, signal));
        const [embeddings, mutations] = await Promise.all([embedQueries(texts, signal), Promise.all(preparing)]);
        return replay(decider, table, { probes: toProbes(texts, embeddings), mutations, clock, signal });
      });
    },
    async evaluate(inputs, options) {
      checkOpen();
      const samples = parseEvaluated(inputs);
      const onProgress = parseProgress(options);
      return withDeadline(parseCallOptions(options), clock, async (signal) => {
        const { checkSampleRoutes, evaluate, toOutcome } = await import('./evaluate.ts');
        const { decider, table, embedQueries } = current();
        const routeNames = (): readonly string[] => table.entries().map(({ name }) => name);
        checkSampleRoutes(samples, routeNames());
        const texts = samples.map(({ text }) => text);
        let encodedTexts = 0;
        const onEmbedded = (): void => {
          encodedTexts++;
          if (encodedTexts % PROGRESS_STEP !== 0 && encodedTexts !== texts.length) return;
          onProgress?.({ encodedTexts, totalTexts: texts.length });
        };
        const probes = toProbes(texts, await embedQueries(texts, signal, onEmbedded));
        const outcomes = await mapDecisions(decider, probes, { clock, signal }, (decision, i) =>
          toOutcome(samples[i] as never, decision),
        );
        return evaluate(outcomes, routeNames());
      });
    },
  };
}

interface ToExplain {
  readonly engine: Engine;
  readonly text: string;
  readonly count: number;
  readonly clock: Clock;
}

/** Encodes, decides and explains one text, with a look at the clock between. */
async function explainText(
  { engine: { decider, table, embedQueries }, text, count, clock }: ToExplain,
  signal: AbortSignalLike | undefined,
): Promise<Explanation> {
  const { explain } = await import('./explain.ts');
  const askedAt = clock.now();
  const [{ run, ...embedding }] = (await embedQueries([text], signal)) as readonly [TimedEmbedding];
  const probe = { ...embedding, text };
  await decider.preparation.ready(signal);
  const searchedFrom = clock.now();
  let measuredAt = searchedFrom;
  const [weighed] = decider.weigh([probe], () => {
    measuredAt = clock.now();
  }) as readonly [Weighed];
  const decidedAt = clock.now();
  const thresholdsFrom = decider.snapshots().map(({ thresholdFrom }) => thresholdFrom);
  const { rule } = decider;
  const parts = { probe, weighed, rule, evidence: table.evidence, entries: table.entries(), thresholdsFrom, count };
  const explanation = explain(parts);
  const timings = {
    waitMs: run.startedAt - askedAt + searchedFrom - run.endedAt,
    encodeMs: run.endedAt - run.startedAt,
    searchMs: measuredAt - searchedFrom,
    decideMs: decidedAt - measuredAt,
    explainMs: clock.now() - decidedAt,
  };
  return { ...explanation, timings };
}
