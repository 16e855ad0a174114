/** Owns what is wrong with routes as they are written, found by taking each utterance out and deciding it as a query. */

import type { DecidedProbe, Weighed } from './decider.ts';
import type { Engine } from './engine.ts';
import { DECIDED_AT_ONCE } from './lanes.ts';
import type { RouteEntry, RouteTable } from './route-table.ts';
import { inSlices, type Slicing } from './slices.ts';
import type { AbortSignalLike, LintFinding, LintReport, LintedUtterance } from './types.ts';

/**
 * With fewer utterances a route's own threshold is learnt by half or more from the other routes: in calibration all
 * routes together weigh as much as two utterances of its own, and a single one, taken out, leaves nothing to measure.
 */
const LEAST_UTTERANCES = 3;
/** A choice, not a fit: what an encoder hardly tells apart, such as a word order, a plural or a full stop. */
const DUPLICATE_COSINE = 0.95;
/** Row scores that are spent: every utterance up to 4,400 in all, fewer in a larger router, spread evenly over its routes. */
const LINT_WORK = 2e7;

/** One utterance, decided as if it were none. */
interface Trial {
  readonly route: number;
  readonly text: string;
  readonly id: number;
  readonly weighed: Weighed;
}

/** In slices; the table must stay as it is until the end. Rejects with `ABORTED`, `TIMEOUT`. */
export async function lint(
  { table, decider }: Pick<Engine, 'table' | 'decider'>,
  slicing: Slicing,
): Promise<LintReport> {
  const entries = table.entries();
  const total = entries.reduce((sum, { ids }) => sum + ids.size, 0);
  const share = Math.min(1, LINT_WORK / Math.max(1, total * table.utteranceCount));
  const probes = entries.flatMap((entry, route) => pick(table, entry, route, share));
  const trials: Trial[] = [];
  const ready = (signal?: AbortSignalLike): Promise<void> | undefined => decider.preparation.ready(signal);
  await inSlices(probes, DECIDED_AT_ONCE, { ...slicing, ready }, (some) => {
    for (const [i, weighed] of decider.weigh(some).entries()) {
      const { route, text, exceptId } = some[i] as LintProbe;
      trials.push({ route, text, id: exceptId, weighed });
    }
  });
  return {
    examined: probes.length,
    utterances: total,
    findings: [
      ...duplicates(table, trials),
      ...swallowed(entries, trials),
      ...thin(entries),
      ...(share === 1 ? dead(entries, trials) : []),
    ],
  };
}

type LintProbe = DecidedProbe & { readonly route: number; readonly exceptId: number };

function pick(table: RouteTable, { ids }: RouteEntry, route: number, share: number): readonly LintProbe[] {
  const all = [...ids];
  const count = Math.min(all.length, Math.max(1, Math.floor(all.length * share)));
  return Array.from({ length: count }, (_, i) => {
    const [text, exceptId] = all[Math.floor((i * all.length) / count)] as [string, number];
    return { route, text, exceptId, vector: table.evidence.vectorOf(exceptId), truncated: false };
  });
}

function duplicates(table: RouteTable, trials: readonly Trial[]): readonly LintFinding[] {
  const entries = table.entries();
  const found = new Map<string, LintFinding>();
  for (const { route, text, id, weighed } of trials) {
    const { best, bestId } = weighed.measurement;
    for (const [other, score] of best.entries()) {
      const otherId = bestId[other] as number;
      const key = id < otherId ? `${id} ${otherId}` : `${otherId} ${id}`;
      if (other === route || otherId < 0 || score < DUPLICATE_COSINE || found.has(key)) continue;
      const [a, b] = [nameOf(entries, route), nameOf(entries, other)];
      const twin = table.evidence.textOf(otherId);
      found.set(key, {
        kind: 'near-duplicate',
        routes: [a, b],
        utterances: [
          { route: a, text, score },
          { route: b, text: twin, score },
        ],
        action: `Keep the sentence in one of "${a}" and "${b}", or reword both until they differ in what they ask.`,
      });
    }
  }
  return [...found.values()].toSorted((a, b) => scoreOf(b) - scoreOf(a));
}

/** By pair of routes, the utterances that the other one takes, the commonest pair first. */
function swallowed(entries: readonly RouteEntry[], trials: readonly Trial[]): readonly LintFinding[] {
  const pairs = new Map<string, { routes: readonly [string, string]; utterances: LintedUtterance[] }>();
  for (const { route, text, weighed } of trials) {
    const own = nameOf(entries, route);
    const { decision } = weighed;
    if (decision.reason !== 'matched' || decision.route === own) continue;
    const routes = [own, decision.route].toSorted() as [string, string];
    const pair = pairs.get(routes.join(' ')) ?? { routes, utterances: [] };
    pair.utterances.push({ route: own, text, score: decision.score });
    pairs.set(routes.join(' '), pair);
  }
  return Array.from(pairs.values(), ({ routes, utterances }) => ({
    kind: 'swallowed' as const,
    routes,
    utterances,
    action: `Add utterances like these to their own route, or add them as negatives of the other; where most of both routes are here, merge "${routes[0]}" and "${routes[1]}".`,
  })).toSorted((a, b) => b.utterances.length - a.utterances.length);
}

function thin(entries: readonly RouteEntry[]): readonly LintFinding[] {
  return entries
    .filter(({ ids }) => ids.size < LEAST_UTTERANCES)
    .map(({ name, ids }) => ({
      kind: 'thin' as const,
      routes: [name],
      utterances: Array.from(ids.keys(), (text) => ({ route: name, text })),
      action: `Add ${LEAST_UTTERANCES - ids.size} or more utterances to "${name}": with fewer than ${LEAST_UTTERANCES} its threshold is learnt from the other routes.`,
    }));
}

/** Taken out, it goes to its route all the same, and no other of the route has it as its nearest, by vector or by words. */
function dead(entries: readonly RouteEntry[], trials: readonly Trial[]): readonly LintFinding[] {
  const leanedOn = new Set(
    trials.flatMap(({ route, weighed: { measurement } }) => [
      measurement.bestId[route],
      measurement.lexicalBestId[route],
    ]),
  );
  return entries.flatMap(({ name, ids }, r) => {
    const spare = trials.filter(
      ({ route, id, weighed }) => route === r && !leanedOn.has(id) && weighed.decision.route === name,
    );
    const utterances = spare
      .slice(0, Math.max(0, ids.size - LEAST_UTTERANCES))
      .map(({ text, weighed }) => ({ route: name, text, score: weighed.decision.score as number }));
    if (utterances.length === 0) return [];
    const action = `Remove these from "${name}", or put sentences in their place that say it in other words.`;
    return [{ kind: 'dead' as const, routes: [name], utterances, action }];
  });
}

function nameOf(entries: readonly RouteEntry[], route: number): string {
  return (entries[route] as RouteEntry).name;
}

function scoreOf({ utterances }: LintFinding): number {
  return utterances[0]?.score ?? 0;
}
