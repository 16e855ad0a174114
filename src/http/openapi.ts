/** Owns the OpenAPI document: every path, schema and status that the handler has. */

import type { JsonValue } from '../core/types.ts';
import { parseLimits, type HttpLimits } from './limits.ts';
import { createSchemas } from './schemas.ts';

/** What each status means, wherever it may come. */
const FAILURES: Readonly<Record<number, string>> = {
  400: 'The body is no JSON in UTF-8.',
  401: 'The token is missing or wrong.',
  403: 'No token is configured, so writes are off.',
  404: 'There is no such route.',
  408: 'The body did not come in time.',
  409: 'There is a route of this name.',
  413: 'The body is too large.',
  415: 'The body is not announced as plain JSON.',
  422: 'A field is missing, unknown or out of bounds, or the answer would be too large.',
  429: 'Too many queries wait; try again after `Retry-After` seconds.',
  500: 'The model or the router failed.',
  503: 'Model or storage cannot be reached; try again after `Retry-After` seconds.',
  504: 'The router did not answer in time.',
  507: 'There is no room for more utterances.',
};

const ALWAYS = [500, 503, 504];
const BODY = [400, 408, 413, 415, 422];
const WRITE = [401, 403, 507];

/** The document of OpenAPI 3.1 for a handler with these limits; what `GET /openapi.json` answers. */
export function createOpenApi(limits: HttpLimits = {}): JsonValue {
  return {
    openapi: '3.1.0',
    info: {
      title: 'synaptoroute',
      version: '1.0.0',
      summary: 'Decides which route a text belongs to.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths: createPaths(),
    components: {
      schemas: createSchemas(parseLimits(limits)),
      parameters: {
        Name: { name: 'name', in: 'path', required: true, schema: { $ref: '#/components/schemas/Name' } },
      },
      securitySchemes: { writeToken: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function createPaths(): JsonValue {
  const parameters = [{ $ref: '#/components/parameters/Name' }];
  return {
    '/route': {
      post: operation('decide', 'Decides one text', 'RouteAnswer', [...BODY, 429], 'RouteQuestion'),
    },
    '/route/batch': {
      post: operation('decideMany', 'Decides many texts', 'BatchAnswer', [...BODY, 429], 'BatchQuestion'),
    },
    '/routes/{name}': {
      parameters,
      get: operation('readRoute', 'Reads a route', 'Route', [404]),
      put: write(operation('addRoute', 'Adds a route', 'Receipt', [...BODY, 409], 'NewRoute', 201)),
      delete: write(operation('removeRoute', 'Removes a route', 'Receipt', [404, 422])),
    },
    '/routes/{name}/utterances': {
      parameters,
      post: write(operation('addUtterances', 'Adds utterances', 'Receipt', [...BODY, 404], 'NewUtterances')),
    },
    '/health': { get: health() },
    '/openapi.json': {
      get: {
        operationId: 'readOpenApi',
        summary: 'This document',
        security: [],
        responses: {
          200: { description: 'OK', content: { 'application/json': { schema: { type: 'object' } } } },
          '4XX': failure('Not answered.'),
        },
      },
    },
  };
}

/** What does not work is said in the form of what works, but for a router that cannot be asked. */
function health(): JsonValue {
  const { responses, ...rest } = operation(
    'readHealth',
    'Starts the router where it is not, and says how it is',
    'Health',
    [],
  );
  const schema = { anyOf: [reference('Health'), reference('Error')] };
  const unavailable = { description: FAILURES[503] as string, content: { 'application/json': { schema } } };
  return { ...rest, responses: { ...responses, 503: unavailable } };
}

interface Operation {
  readonly [key: string]: JsonValue;
  readonly responses: { readonly [status: string]: JsonValue };
}

function operation(
  operationId: string,
  summary: string,
  answer: string,
  failures: readonly number[],
  question?: string,
  success = 200,
): Operation {
  return {
    operationId,
    summary,
    security: [],
    ...(question !== undefined && { requestBody: { required: true, ...content(question) } }),
    responses: {
      [success]: { description: 'Done', ...content(answer) },
      ...toResponses([...failures, ...ALWAYS]),
    },
  };
}

function write({ responses, ...rest }: Operation): JsonValue {
  return { ...rest, security: [{ writeToken: [] }], responses: { ...responses, ...toResponses(WRITE) } };
}

function toResponses(statuses: readonly number[]): { readonly [status: string]: JsonValue } {
  return Object.fromEntries(statuses.map((status) => [status, failure(FAILURES[status] as string)]));
}

function failure(description: string): JsonValue {
  return { description, ...content('Error') };
}

function content(schema: string): { readonly content: JsonValue } {
  return { content: { 'application/json': { schema: reference(schema) } } };
}

function reference(schema: string): JsonValue {
  return { $ref: `#/components/schemas/${schema}` };
}
