/** Owns what becomes of a user's word on a decision: changes by a router's own verbs, and their inverse. */

import { RouterError } from './errors.ts';
import { guarded } from './guard.ts';
import { parseCallOptions, parseName, parseObject, parseQuery } from './input.ts';
import type { CallOptions, Feedback, FeedbackOptions, MutationReceipt, Router, RouteSnapshot } from './types.ts';

type Verbs = Pick<
  Router,
  'query' | 'routes' | 'addUtterances' | 'removeUtterances' | 'addNegatives' | 'removeNegatives'
>;
type Change = Feedback['changes'][number];

const INVERSE = {
  addUtterances: 'removeUtterances',
  removeUtterances: 'addUtterances',
  addNegatives: 'removeNegatives',
  removeNegatives: 'addNegatives',
} as const satisfies Record<Change['verb'], Change['verb']>;

/** Works wherever the verbs do: in process, over a wire, between tabs. */
export function createFeedback(verbs: Verbs): Router['feedback'] {
  function make({ verb, route, text }: Change, options?: CallOptions): Promise<MutationReceipt> {
    return verbs[verb](route, [text], options);
  }

  /** The last change first. */
  async function takeBack(changes: readonly Change[]): Promise<readonly MutationReceipt[]> {
    const receipts: MutationReceipt[] = [];
    for (const change of changes.toReversed()) {
      receipts.push(await make({ ...change, verb: INVERSE[change.verb] }));
    }
    return receipts;
  }

  return async (input, given) => {
    const text = parseQuery(input);
    const { expected, ...options } = parseOptions(given);
    const decision = await verbs.query(text, options);
    const changes = plan(text.trim().toWellFormed(), decision.route, expected, await verbs.routes());
    const receipts: MutationReceipt[] = [];
    try {
      for (const change of changes) receipts.push(await make(change, options));
    } catch (error) {
      await takeBack(changes.slice(0, receipts.length));
      throw error;
    }
    let undoing: Promise<readonly MutationReceipt[]> | undefined;
    return { decision, changes, receipts, undo: () => (undoing ??= takeBack(changes)) };
  };
}

const parseOptions = guarded((given: FeedbackOptions): FeedbackOptions => {
  const { expected, ...options } = parseObject(given, 'options') as FeedbackOptions;
  return { ...parseCallOptions(options), expected: expected === null ? null : parseName(expected) };
});

/** Everything that can be refused is refused before anything is changed. */
function plan(
  text: string,
  got: string | null,
  expected: string | null,
  routes: readonly RouteSnapshot[],
): readonly Change[] {
  const right = routes.find(({ name }) => name === expected);
  if (expected !== null && !right) {
    throw new RouterError(
      'ROUTE_NOT_FOUND',
      `Got feedback for "${expected}", which is no route of this router; routes() lists what is.`,
    );
  }
  if (got === expected) return [];
  const wrong = routes.find(({ name }) => name === got);
  return [...(wrong ? keepAway(text, wrong) : []), ...(right ? attract(text, right) : [])];
}

function keepAway(text: string, { name: route, utterances, negatives = [] }: RouteSnapshot): readonly Change[] {
  if (negatives.includes(text)) return [];
  if (!utterances.includes(text)) return [{ verb: 'addNegatives', route, text }];
  if (utterances.length === 1) {
    throw new RouterError(
      'INVALID_ROUTE',
      `Got feedback that "${text.slice(0, 60)}" is not of "${route}", whose only utterance it is; add another first, or remove the route.`,
    );
  }
  return [
    { verb: 'removeUtterances', route, text },
    { verb: 'addNegatives', route, text },
  ];
}

function attract(text: string, { name: route, utterances, negatives = [] }: RouteSnapshot): readonly Change[] {
  return [
    ...(negatives.includes(text) ? [{ verb: 'removeNegatives', route, text } as const] : []),
    ...(utterances.includes(text) ? [] : [{ verb: 'addUtterances', route, text } as const]),
  ];
}
