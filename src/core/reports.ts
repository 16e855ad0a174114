/** Owns the wiring of the reports: texts to vectors, then one look at the routes as they stand. */

import { withDeadline } from './deadline.ts';
import type { DecidedProbe, Weighed } from './decider.ts';
import type { Embedding } from './embed.ts';
import type { Engine } from './engine.ts';
import { checkSampleRoutes, evaluate, toOutcome } from './evaluate.ts';
import { explain } from './explain.ts';
import { parseCallOptions, parseQueries, parseQuery } from './input.ts';
import { parseChanges, prepareChange, replay } from './replay.ts';
import { lint } from './lint.ts';
import { mapDecisions } from './lanes.ts';
import { parseCandidateCount, parseEvaluated } from './report-input.ts';
import type { Clock, RouterReports } from './types.ts';

export interface ReportParts {
  /** What answers now; a report is made by one engine from its beginning to its end. */
  readonly current: () => Engine;
  /** Throws once the router is closed. */
  readonly checkOpen: () => void;
  readonly clock: Clock;
}

export function createReports({ current, checkOpen, clock }: ReportParts): RouterReports {
  return {
    async explain(input, options) {
      checkOpen();
      const text = parseQuery(input);
      const count = parseCandidateCount(options);
      return withDeadline(parseCallOptions(options), clock, async (signal) => {
        const { decider, table, embedQueries } = current();
        const [probe] = toProbes([text], await embedQueries([text], signal)) as readonly [DecidedProbe];
        const [weighed] = decider.weigh([probe]) as readonly [Weighed];
        const thresholdsFrom = decider.snapshots().map(({ thresholdFrom }) => thresholdFrom);
        const { rule } = decider;
        return explain({
          probe,
          weighed,
          rule,
          evidence: table.evidence,
          entries: table.entries(),
          thresholdsFrom,
          count,
        });
      });
    },
    async lint() {
      checkOpen();
      const { table, decider } = current();
      return lint(table, decider);
    },
    async replay(inputs, changes, options) {
      checkOpen();
      const texts = parseQueries(inputs);
      const parsed = parseChanges(changes);
      return withDeadline(parseCallOptions(options), clock, async (signal) => {
        const { decider, table, embedQueries, embedMany } = current();
        const preparing = parsed.map((change) => prepareChange(change, embedMany, signal));
        const [embeddings, mutations] = await Promise.all([embedQueries(texts, signal), Promise.all(preparing)]);
        return replay(table, decider, toProbes(texts, embeddings), mutations);
      });
    },
    async evaluate(inputs, options) {
      checkOpen();
      const samples = parseEvaluated(inputs);
      return withDeadline(parseCallOptions(options), clock, async (signal) => {
        const { decider, table, embedQueries } = current();
        const routeNames = (): readonly string[] => table.entries().map(({ name }) => name);
        checkSampleRoutes(samples, routeNames());
        const texts = samples.map(({ text }) => text);
        const probes = toProbes(texts, await embedQueries(texts, signal));
        const outcomes = mapDecisions(decider, probes, (decision, i) => toOutcome(samples[i] as never, decision));
        return evaluate(outcomes, routeNames());
      });
    },
  };
}

function toProbes(texts: readonly string[], embeddings: readonly Embedding[]): readonly DecidedProbe[] {
  return texts.map((text, i) => ({ ...(embeddings[i] as Embedding), text }));
}
