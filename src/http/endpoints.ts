/** Owns the endpoints: which path and method does what with the router, and what it answers. */

import type { CallOptions, RouteSnapshot, Router } from '../core/types.ts';
import { RouterError } from '../core/errors.ts';
import { DEFAULT_CANDIDATES, MAX_CANDIDATES, toHealth, toRouteAnswer, toWriteAnswer } from './answer.ts';
import { readFields, readInteger, readText, readTexts } from './body.ts';
import type { HttpLimits } from './limits.ts';
import { createOpenApi } from './openapi.ts';
import { Refusal } from './refusal.ts';

/** One request, its path read. */
export interface Call {
  readonly request: Request;
  readonly router: Router;
  readonly limits: Required<HttpLimits>;
  /** The `:name` of the path, decoded; '' where the path has none. */
  readonly name: string;
  /** Ends the call with the request or its time. */
  readonly options: CallOptions;
}

export interface Endpoint {
  /** Writes need the token. */
  readonly writes: boolean;
  readonly answer: (call: Call) => Promise<{ readonly status: number; readonly body: unknown }>;
}

type Resource = Readonly<Record<string, Endpoint>>;

const ROUTE_FIELDS = ['utterances', 'negatives', 'threshold', 'metadata'];

/** Path patterns with one group for the name, each with its methods. */
const RESOURCES: readonly (readonly [path: RegExp, methods: Resource])[] = [
  [/^\/route$/, { POST: { writes: false, answer: decide } }],
  [/^\/route\/batch$/, { POST: { writes: false, answer: decideMany } }],
  [
    /^\/routes\/([^/]+)$/,
    {
      GET: { writes: false, answer: readRoute },
      PUT: { writes: true, answer: addRoute },
      DELETE: { writes: true, answer: removeRoute },
    },
  ],
  [/^\/routes\/([^/]+)\/utterances$/, { POST: { writes: true, answer: addUtterances } }],
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

async function decide({ request, router, limits, options }: Call): Promise<Answer> {
  const { text, maxCandidates } = await readFields(request, ['text', 'maxCandidates'], limits);
  const most = readInteger(maxCandidates, 'maxCandidates', DEFAULT_CANDIDATES, MAX_CANDIDATES);
  return ok(toRouteAnswer(await router.query(readText(text, 'text', limits), options), most));
}

async function decideMany({ request, router, limits, options }: Call): Promise<Answer> {
  const { texts, maxCandidates } = await readFields(request, ['texts', 'maxCandidates'], limits);
  const most = readInteger(maxCandidates, 'maxCandidates', DEFAULT_CANDIDATES, MAX_CANDIDATES);
  const decisions = await router.queryMany(readTexts(texts, 'texts', limits), options);
  return ok({ decisions: decisions.map((decision) => toRouteAnswer(decision, most)) });
}

async function readRoute({ router, name }: Call): Promise<Answer> {
  const route = await findRoute(router, name);
  if (route) return ok(route);
  throw new Refusal(404, 'ROUTE_NOT_FOUND', `Got "${name.slice(0, 64)}", which is no route; add it with PUT.`);
}

/** Creates and never replaces: a replacement that fails half-way would lose the route there was. */
async function addRoute({ request, router, limits, name, options }: Call): Promise<Answer> {
  const { utterances, negatives, ...rest } = await readFields(request, ROUTE_FIELDS, limits);
  const route = {
    ...rest,
    name,
    utterances: readTexts(utterances, 'utterances', limits),
    ...(negatives !== undefined && { negatives: readTexts(negatives, 'negatives', limits) }),
  };
  try {
    return { status: 201, body: await toWriteAnswer(await router.addRoute(route, options)) };
  } catch (error) {
    const isTaken = error instanceof RouterError && error.code === 'INVALID_ROUTE' && (await findRoute(router, name));
    if (!isTaken) throw error;
    throw new Refusal(409, 'ROUTE_EXISTS', `Got a second route "${name}"; add utterances to it, or delete it first.`);
  }
}

async function removeRoute({ router, name }: Call): Promise<Answer> {
  return ok(await toWriteAnswer(await router.removeRoute(name)));
}

async function addUtterances({ request, router, limits, name, options }: Call): Promise<Answer> {
  const { utterances } = await readFields(request, ['utterances'], limits);
  const texts = readTexts(utterances, 'utterances', limits);
  return ok(await toWriteAnswer(await router.addUtterances(name, texts, options)));
}

async function readHealth({ router }: Call): Promise<Answer> {
  return ok(toHealth(await router.status()));
}

type Answer = Awaited<ReturnType<Endpoint['answer']>>;

function ok(body: unknown): Answer {
  return { status: 200, body };
}

async function findRoute(router: Router, name: string): Promise<RouteSnapshot | undefined> {
  return (await router.routes()).find((route) => route.name === name);
}

function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new Refusal(404, 'NOT_FOUND', 'Got a name that is no percent-encoded UTF-8; use A-Z a-z 0-9 _ -.');
  }
}
