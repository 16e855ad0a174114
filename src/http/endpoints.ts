/** Owns the endpoints: which path and method does what with the router, and what it answers. */

import type { AbortSignalLike, Router } from '../core/types.ts';
import { DEFAULT_CANDIDATES, MAX_CANDIDATES, toHealth, toRouteAnswer, toWriteAnswer } from './answer.ts';
import type { BatchTurns } from './batch-turns.ts';
import { readInteger, readText, readTexts, type Fields } from './body.ts';
import { decideBatch } from './decide-batch.ts';
import type { HttpLimits } from './limits.ts';
import { createOpenApi } from './openapi.ts';
import { Refusal } from './refusal.ts';

/** One request, its path read. */
export interface Call {
  /** Of its body; none where the endpoint takes none. */
  readonly fields: Fields;
  readonly router: Router;
  readonly limits: Required<HttpLimits>;
  /** The `:name` of the path, decoded; '' where the path has none. */
  readonly name: string;
  readonly turns: BatchTurns;
  /** Who asks. */
  readonly client: string;
  /** Ends the call with the request or its time. */
  readonly signal: AbortSignalLike;
}

export interface Endpoint {
  /** Writes need the token. */
  readonly writes: boolean;
  /** That its body may have; absent where no body is read. */
  readonly fields?: readonly string[];
  readonly answer: (call: Call) => Promise<Answer>;
}

/** `body` becomes JSON; `json` is it already. */
export type Answer = { readonly status: number } & ({ readonly body: unknown } | { readonly json: string });

type Resource = Readonly<Record<string, Endpoint>>;

/** About as many as a single query is worth; a longer text goes with the batches, and alone, for it takes a run by itself. */
const LONG_TEXT = 500;

/** Path patterns with one group for the name, each with its methods. */
const RESOURCES: readonly (readonly [path: RegExp, methods: Resource])[] = [
  [/^\/route$/, { POST: { writes: false, fields: ['text', 'maxCandidates'], answer: decide } }],
  [/^\/route\/batch$/, { POST: { writes: false, fields: ['texts', 'maxCandidates'], answer: decideMany } }],
  [
    /^\/routes\/([^/]+)$/,
    {
      GET: { writes: false, answer: readRoute },
      PUT: { writes: true, fields: ['utterances', 'negatives', 'threshold', 'metadata'], answer: addRoute },
      DELETE: { writes: true, answer: removeRoute },
    },
  ],
  [/^\/routes\/([^/]+)\/utterances$/, { POST: { writes: true, fields: ['utterances'], answer: addUtterances } }],
  [/^\/health$/, { GET: { writes: false, answer: readHealth } }],
  [/^\/openapi\.json$/, { GET: { writes: false, answer: async ({ limits }) => ok(createOpenApi(limits)) } }],
];

/** The endpoint of a request and the name in its path; refuses with 404 or 405. */
export function findEndpoint(method: string, pathname: string): { readonly endpoint: Endpoint; readonly name: string } {
  for (const [path, methods] of RESOURCES) {
    const match = path.exec(pathname);
    if (!match) continue;
    const endpoint = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (endpoint) return { endpoint, name: decodeName(match[1] ?? '') };
    const allowed = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
    throw new Refusal(405, 'METHOD_NOT_ALLOWED', `Got ${method.slice(0, 20)}; use ${allowed.join(' or ')}.`, {
      Allow: allowed.join(', '),
    });
  }
  throw new Refusal(404, 'NOT_FOUND', 'Got a path that is not served; GET /openapi.json lists those that are.');
}

async function decide(call: Call): Promise<Answer> {
  const { fields, router, limits, signal } = call;
  const most = readInteger(fields['maxCandidates'], 'maxCandidates', DEFAULT_CANDIDATES, MAX_CANDIDATES);
  const text = readText(fields['text'], 'text', limits);
  if (text.length <= LONG_TEXT) return ok(toRouteAnswer(await router.query(text, { signal }), most));
  const [answer] = await decideBatch([text], call, (decision) => toRouteAnswer(decision, most));
  return ok(answer);
}

async function decideMany(call: Call): Promise<Answer> {
  const { fields, limits } = call;
  const most = readInteger(fields['maxCandidates'], 'maxCandidates', DEFAULT_CANDIDATES, MAX_CANDIDATES);
  let length = 0;
  // A piece at a time: decisions among many routes are far larger than what is said of them, and JSON takes its time.
  const decisions = await decideBatch(readTexts(fields['texts'], 'texts', limits), call, (decision) => {
    const json = JSON.stringify(toRouteAnswer(decision, most));
    length += json.length + 1;
    if (length <= limits.maxAnswerLength) return json;
    throw new Refusal(
      422,
      'ANSWER_TOO_LARGE',
      `Got a batch whose answer is longer than ${limits.maxAnswerLength} characters; send fewer texts, or a smaller \`maxCandidates\`.`,
    );
  });
  return { status: 200, json: `{"decisions":[${decisions.join(',')}]}` };
}

async function readRoute({ router, name }: Call): Promise<Answer> {
  const route = (await router.routes()).find((each) => each.name === name);
  if (route) return ok(route);
  throw new Refusal(404, 'ROUTE_NOT_FOUND', `Got "${name.slice(0, 64)}", which is no route; add it with PUT.`);
}

/** Creates and never replaces: a replacement that fails half-way would lose the route there was. */
async function addRoute({ fields, router, limits, name, signal }: Call): Promise<Answer> {
  const { utterances, negatives, ...rest } = fields;
  const route = {
    ...rest,
    name,
    utterances: readTexts(utterances, 'utterances', limits),
    ...(negatives !== undefined && { negatives: readTexts(negatives, 'negatives', limits) }),
  };
  return { status: 201, body: await toWriteAnswer(await router.addRoute(route, { signal })) };
}

async function removeRoute({ router, name }: Call): Promise<Answer> {
  return ok(await toWriteAnswer(await router.removeRoute(name)));
}

async function addUtterances({ fields, router, limits, name, signal }: Call): Promise<Answer> {
  const texts = readTexts(fields['utterances'], 'utterances', limits);
  return ok(await toWriteAnswer(await router.addUtterances(name, texts, { signal })));
}

async function readHealth({ router }: Call): Promise<Answer> {
  return toHealth(await router.status());
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new Refusal(404, 'NOT_FOUND', 'Got a name that is no percent-encoded UTF-8; use A-Z a-z 0-9 _ -.');
  }
}
