/** Owns the wiring of the reports: texts to vectors, then one look at the routes as they stand. */

import { withDeadline } from './deadline.ts';
import type { DecidedProbe, Decider, Weighed } from './decider.ts';
import type { Embedding } from './embed.ts';
import type { Engine } from './engine.ts';
import { checkSampleRoutes, evaluate, toOutcome } from './evaluate.ts';
import { explain } from './explain.ts';
import { parseCallOptions, parseQuery } from './input.ts';
import { lint } from './lint.ts';
import { MAX_DECIDED_AT_ONCE } from './lanes.ts';
import { parseCandidateCount, parseEvaluated } from './report-input.ts';
import type { Clock, Decision, RouterReports } from './types.ts';

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

/** Decides probes by the same state of the routes, and keeps of each decision only what is asked of it. */
function mapDecisions<T>(
  decider: Decider,
  probes: readonly DecidedProbe[],
  pick: (decision: Decision, i: number) => T,
): readonly T[] {
  const picked: T[] = [];
  for (let first = 0; first < probes.length; first += MAX_DECIDED_AT_ONCE) {
    for (const decision of decider.decide(probes.slice(first, first + MAX_DECIDED_AT_ONCE))) {
      picked.push(pick(decision, picked.length));
    }
  }
  return picked;
}
