/**
 * Requests to the handler behind Node's server: bodies by the document's schemas, whole and spoilt, malformed ones, raw
 * bytes, clients that race for one name, and calls that are given up. One run is one request; races and given-up calls
 * come on top, a batch of 32 for every 200.
 */

import { once } from 'node:events';
import { connect } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createOpenApi } from 'synaptoroute/http';
import { createRequestListener } from 'synaptoroute/node';
import { createRandom } from '../../bench/measure.ts';
import { createHttpBench, TOKEN, type HttpBench } from '../support/http.ts';
import { malformedRequests } from '../support/malformed.ts';
import { serve } from '../support/model.ts';
import { rawRequest } from '../support/raw-requests.ts';
import { pick, sample, spoil, type Schema } from '../support/schema-samples.ts';
import type { FuzzOptions, FuzzReport, FuzzSuite } from './suite.ts';

export const suite: FuzzSuite = { shortRuns: 1_600, longRuns: 20_000, run: (options) => fuzz(options) };

interface Operation {
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<
    Record<string, { readonly content?: { readonly 'application/json': { readonly schema: Schema } } }>
  >;
}

const openApi = createOpenApi() as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};
const OPERATIONS = Object.entries(openApi.paths).flatMap(([template, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) =>
    method === 'parameters' ? [] : [{ template, method: method.toUpperCase(), operation }],
  ),
);
/** A name of the service must not be in an answer: a stack, a path, a foreign error. */
const LEAK = /\n\s+at |node:|\.ts\b|\.js\b|\/src\/|\/test\/|node_modules|TypeError|RangeError/;

/** What no schema can say. */
const CONTRADICTION = 'as an utterance and as a negative';

interface Context {
  readonly bench: HttpBench;
  readonly url: string;
  readonly random: () => number;
  readonly ajv: Ajv2020;
  readonly counts: Record<string, number>;
  readonly fault: (what: string) => void;
}

/** @param handler answers instead of the real one, to show that the suite finds faults */
export async function fuzz(
  { seed, runs, log }: FuzzOptions,
  handler?: (request: Request) => Promise<Response>,
): Promise<FuzzReport> {
  const faults: string[] = [];
  const counts: Record<string, number> = {};
  const bench = await createHttpBench();
  await using server = await serve(createRequestListener(handler ?? bench.handler));
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(openApi, 'openapi');
  const fault = (what: string): void => void faults.push(`seed ${seed}: ${what}`);
  const context: Context = { bench, url: server.url, random: createRandom(seed), ajv, counts, fault };
  const onRejection = (error: unknown): void => fault(`unhandled rejection: ${String(error)}`);
  process.on('unhandledRejection', onRejection);
  const malformed = malformedRequests(seed, Math.ceil(runs / 4));
  for (let i = 0; i < runs; i++) {
    if (i % 4 === 3) await askMalformed(context, malformed[i >> 2] as (typeof malformed)[number]);
    else if (i % 4 === 1) await askRaw(context);
    else await askBySchema(context);
    if (i % 200 === 199) {
      await race(context);
      await giveUp(context);
      await checkAlive(context);
      log(`${i + 1} of ${runs}, ${faults.length} faults`);
    }
  }
  await checkAlive(context);
  await new Promise(setImmediate);
  process.off('unhandledRejection', onRejection);
  await bench.router.close();
  return { counts, faults };
}

function count({ counts }: Context, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

/** A body that the document allows is answered as the document says; a spoilt one is refused. */
async function askBySchema(context: Context): Promise<void> {
  const { random, url, ajv, fault } = context;
  const { template, method, operation } = pick(OPERATIONS, random);
  const name = pick(['fuzz-a', 'fuzz-b', 'hours', 'fuzz-c'], random);
  const schema = resolve(operation.requestBody?.content['application/json'].schema);
  const value = schema && (sample(schema, random) as object);
  const isSpoilt = schema !== undefined && random() < 0.4;
  const body = JSON.stringify(isSpoilt ? spoil(schema, value as object, random) : value);
  const hasToken = random() < 0.7;
  const isDelete = method === 'DELETE';
  const path = template.replace('{name}', isDelete && name === 'hours' ? 'fuzz-a' : name);
  const reply = await fetch(new URL(path, url), {
    method,
    headers: { 'Content-Type': 'application/json', ...(hasToken && { Authorization: `Bearer ${TOKEN}` }) },
    ...(body !== undefined && { body }),
  });
  const about = `${method} ${path} ${hasToken ? 'with' : 'without'} token ${body?.slice(0, 300)} got ${reply.status}`;
  count(context, isSpoilt ? 'schema, spoilt' : 'schema, allowed');
  const text = await reply.text();
  checkText(context, text, reply.status, about);
  const documented = operation.responses[reply.status] ?? operation.responses[`${String(reply.status)[0]}XX`];
  if (!documented) return fault(`${about}, which the document does not have`);
  const answer = documented.content?.['application/json'].schema;
  if (answer?.$ref && !ajv.validate({ $ref: `openapi${answer.$ref}` }, JSON.parse(text))) {
    fault(`${about}: ${ajv.errorsText()}`);
  }
  const isWrite = 'security' in operation && (operation.security as readonly object[]).length > 0;
  if (isWrite && !hasToken && reply.status !== 401) fault(`${about}: a write without the token`);
  const allowed = body !== undefined && ajv.validate({ $ref: `openapi${schemaRef(operation)}` }, JSON.parse(body));
  if ([400, 413, 415, 422].includes(reply.status) && allowed && !text.includes(CONTRADICTION)) {
    fault(`${about}: the document allows this body: ${text}`);
  }
  if (reply.status < 300 && body !== undefined && !allowed) fault(`${about}: the document refuses this body`);
}

function schemaRef({ requestBody }: Operation): string {
  return requestBody?.content['application/json'].schema.$ref ?? '';
}

function resolve(schema: Schema | undefined): Schema | undefined {
  return schema?.$ref ? openApi.components.schemas[schema.$ref.replace(/.*\//, '')] : schema;
}

async function askMalformed(context: Context, request: ReturnType<typeof malformedRequests>[number]): Promise<void> {
  const { path, ...init } = request;
  const about = JSON.stringify({ ...request, body: String(request.body).slice(0, 200) });
  // Not by a base URL: a path of two slashes would be a host.
  const reply = await fetch(`${context.url.replace(/\/$/, '')}${path}`, init);
  count(context, 'malformed');
  checkText(context, await reply.text(), reply.status, about);
  if (reply.status < 400 || reply.status > 499) context.fault(`${about} got ${reply.status}`);
}

/** Any number of well-formed answers, or none; and no write. */
async function askRaw(context: Context): Promise<void> {
  const { url, random, fault, bench } = context;
  const { kind, bytes } = rawRequest(random);
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const answers: Buffer[] = [];
  socket.on('data', (data: Buffer) => answers.push(data)).on('error', () => undefined);
  socket.end(Buffer.from(bytes, 'latin1'));
  // A server that waits for the rest of a request is done when nothing more can come.
  await once(socket, 'close');
  count(context, `raw, ${kind}`);
  const text = Buffer.concat(answers).toString();
  const about = `raw ${kind} ${JSON.stringify(bytes.slice(0, 200))}`;
  for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
    if (Number(status) >= 500) fault(`${about} got ${status}`);
  }
  if (LEAK.test(text)) fault(`${about} got ${text.slice(0, 300)}`);
  if (text !== '' && !text.startsWith('HTTP/1.1 ')) fault(`${about} got ${text.slice(0, 60)}`);
  const routes = await bench.router.routes();
  const billing = routes.find(({ name }) => name === 'billing');
  if (billing?.utterances.join() !== 'a refund please') fault(`${about} changed the protected route`);
  if (routes.some(({ name }) => name === 'raw')) fault(`${about} wrote a route`);
}

/** 32 clients add, remove and read one name. */
async function race(context: Context): Promise<void> {
  const { bench, url, fault } = context;
  const before = (await bench.router.routes()).some(({ name }) => name === 'race') ? 1 : 0;
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${TOKEN}` };
  const body = JSON.stringify({ utterances: ['a race'] });
  const asks = Array.from({ length: 32 }, async (_, i) => {
    const method = ['PUT', 'DELETE', 'GET', 'PUT'][i % 4] as string;
    const reply = await fetch(new URL('/routes/race', url), { method, headers, ...(method === 'PUT' && { body }) });
    count(context, 'race');
    if (![200, 201, 404, 409].includes(reply.status))
      fault(`${method} in a race got ${reply.status}: ${await reply.text()}`);
    return method === 'PUT' && reply.status === 201 ? 1 : method === 'DELETE' && reply.status === 200 ? -1 : 0;
  });
  const balance = (await Promise.all(asks)).reduce<number>((sum, each) => sum + each, before);
  const isThere = (await bench.router.routes()).some(({ name }) => name === 'race') ? 1 : 0;
  if (balance !== isThere)
    fault(`after a race the route is ${isThere ? '' : 'not '}there, and the answers say ${balance}`);
}

/** Calls whose clients go away before, while or after the server reads them. */
async function giveUp(context: Context): Promise<void> {
  const { url, random } = context;
  const calls = Array.from({ length: 32 }, async () => {
    const abort = new AbortController();
    const body = JSON.stringify({
      texts: Array.from({ length: 1 + Math.floor(random() * 200) }, (_, i) => `text ${i}`),
    });
    const asked = fetch(new URL('/route/batch', url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      signal: abort.signal,
    }).then((reply) => reply.text());
    for (let turns = Math.floor(random() * 20); turns > 0; turns--) await new Promise(setImmediate);
    abort.abort();
    await asked.catch(() => undefined);
    count(context, 'given up');
  });
  await Promise.all(calls);
}

async function checkAlive({ url, fault }: Context): Promise<void> {
  const reply = await fetch(new URL('/health', url));
  if (reply.status !== 200) fault(`/health got ${reply.status}`);
}

function checkText({ fault }: Context, text: string, status: number, about: string): void {
  if (status >= 500) fault(`${about} got ${status}: ${text.slice(0, 200)}`);
  if (LEAK.test(text) && status >= 400) fault(`${about} got ${text.slice(0, 300)}`);
  if (status < 400) return;
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') fault(`${about} got no error: ${text}`);
  } catch {
    fault(`${about} got no JSON: ${text.slice(0, 200)}`);
  }
}
