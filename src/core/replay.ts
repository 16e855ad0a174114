/** Owns what a change of routes would move, found on a copy of the routes before anything is changed. */

import type { DecidedProbe, Decider } from './decider.ts';
import type { Embedding } from './embed.ts';
import { guarded, readItems } from './guard.ts';
import { invalidOption, parseName, parseRoute, parseThreshold, parseUtterances } from './input.ts';
import { mapDecisions } from './lanes.ts';
import { split, toUtterances } from './mutations.ts';
import type { RouteTable, TableMutation } from './route-table.ts';
import type { Slicing } from './slices.ts';
import type { AbortSignalLike, Decision, Replay, RouteChange } from './types.ts';

type EmbedMany = (texts: readonly string[], signal?: AbortSignalLike) => Promise<readonly Embedding[]>;

const VERBS = [
  'addRoute',
  'removeRoute',
  'addUtterances',
  'removeUtterances',
  'addNegatives',
  'removeNegatives',
  'setThreshold',
] as const;

/** Checked copies. */
export const parseChanges: (input: unknown) => readonly RouteChange[] = guarded((input) => {
  if (!Array.isArray(input))
    throw invalidOption('Expected `changes` to be an array such as [{ removeRoute: "name" }].');
  return readItems(input, 'changes', 'INVALID_OPTION').map(parseChange);
});

function parseChange(input: unknown): RouteChange {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Readonly<Record<string, unknown>>;
  const verbs = VERBS.filter((name) => name in given);
  if (verbs.length !== 1) {
    throw invalidOption(`Got a change of ${verbs.length} verbs; pass exactly one of ${VERBS.join(', ')}.`);
  }
  if ('addRoute' in given) return { addRoute: parseRoute(given['addRoute'] as never) };
  if ('removeRoute' in given) return { removeRoute: parseName(given['removeRoute']) };
  if ('setThreshold' in given) {
    const [route, value] = [parseName(given['route']), given['setThreshold']];
    return { setThreshold: value === undefined ? undefined : parseThreshold(value, route), route };
  }
  const [verb] = verbs as [string];
  const route = parseName(given['route']);
  return { [verb]: parseUtterances(given[verb], route), route } as unknown as RouteChange;
}

/** With the vectors that it needs. */
export async function prepareChange(
  change: RouteChange,
  embedMany: EmbedMany,
  signal?: AbortSignalLike,
): Promise<TableMutation> {
  const embed = async (name: string, texts: readonly string[]): Promise<ReturnType<typeof toUtterances>> =>
    toUtterances(name, texts, await embedMany(texts, signal));
  if ('addRoute' in change) {
    const { utterances: texts, negatives = [], ...rest } = change.addRoute;
    const { utterances } = await embed(rest.name, [...texts, ...negatives]);
    return { type: 'add-route', route: { ...rest, ...split(utterances, texts.length) } };
  }
  if ('removeRoute' in change) return { type: 'remove-route', name: change.removeRoute };
  const name = change.route;
  if ('setThreshold' in change) return { type: 'set-threshold', name, threshold: change.setThreshold };
  if ('addUtterances' in change) {
    return { type: 'add-utterances', name, utterances: (await embed(name, change.addUtterances)).utterances };
  }
  if ('addNegatives' in change) {
    return { type: 'add-negatives', name, utterances: (await embed(name, change.addNegatives)).utterances };
  }
  if ('removeUtterances' in change) return { type: 'remove-utterances', name, texts: change.removeUtterances };
  return { type: 'remove-negatives', name, texts: change.removeNegatives };
}

export interface ReplayParts extends Slicing {
  readonly probes: readonly DecidedProbe[];
  readonly mutations: readonly TableMutation[];
}

/** Both answers are of the copy, so that nothing but the change lies between them. */
export async function replay(
  decider: Decider,
  table: RouteTable,
  { probes, mutations, ...slicing }: ReplayParts,
): Promise<Replay> {
  const copy = table.copy();
  const copied = decider.over(copy);
  const decideAll = (): Promise<readonly Outcome[]> =>
    mapDecisions(copied, probes, slicing, ({ route, reason, score }) => ({ route, reason, score }));
  const before = await decideAll();
  for (const mutation of mutations) copy.apply(mutation);
  const after = await decideAll();
  const moved = probes.flatMap(({ text }, i) => {
    const [was, is] = [before[i] as Outcome, after[i] as Outcome];
    return was.route === is.route && was.reason === is.reason ? [] : [{ text, before: was, after: is }];
  });
  return { texts: probes.length, moved };
}

type Outcome = Pick<Decision, 'route' | 'reason' | 'score'>;
