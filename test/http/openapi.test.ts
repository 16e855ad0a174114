import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createOpenApi } from 'synaptoroute/http';
import { beforeAll, expect, test } from 'vitest';
import { createHttpBench, type HttpBench } from '../support/http.ts';

interface Operation {
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
  readonly security: readonly object[];
}
type Content = Readonly<Record<'application/json', { readonly schema: { readonly $ref: string } }>>;

const openApi = createOpenApi() as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const ajv = new Ajv2020({ strict: false });
let bench: HttpBench;

beforeAll(async () => {
  ajv.addSchema(openApi, 'openapi');
  bench = await createHttpBench();
});

test('the document is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(openApi));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test('the validator refuses a document with an error', async () => {
  const broken = { ...structuredClone(openApi), paths: { '/route': { post: { responses: 7 } } } };
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

// In order: each sees what those before it did.
const ASKS: readonly (readonly [method: string, path: string, template: string, status: number, body?: object])[] = [
  ['POST', '/route', '/route', 200, { text: 'a refund please' }],
  ['POST', '/route', '/route', 200, { text: 'unknown words', maxCandidates: 1 }],
  ['POST', '/route', '/route', 422, { text: 7 }],
  ['POST', '/route/batch', '/route/batch', 200, { texts: ['a', 'when do you open'] }],
  ['GET', '/routes/billing', '/routes/{name}', 200],
  ['GET', '/routes/nobody', '/routes/{name}', 404],
  ['PUT', '/routes/new', '/routes/{name}', 201, { utterances: ['x y'], threshold: -0.5, metadata: { deep: [1] } }],
  ['PUT', '/routes/new', '/routes/{name}', 409, { utterances: ['x'] }],
  ['POST', '/routes/new/utterances', '/routes/{name}/utterances', 200, { utterances: ['z'] }],
  ['POST', '/routes/no/utterances', '/routes/{name}/utterances', 404, { utterances: ['z'] }],
  ['DELETE', '/routes/new', '/routes/{name}', 200],
  ['GET', '/health', '/health', 200],
];

for (const [method, path, template, status, body] of ASKS) {
  test(`${method} ${path} with ${JSON.stringify(body)} answers ${status} as the document says`, async () => {
    const operation = openApi.paths[template]?.[method.toLowerCase()] as Operation;
    if (body && status < 400) expectValid(operation.requestBody?.content, body);
    const reply = await bench.ask(method, path, body);
    expect(reply.status).toBe(status);
    expectValid(operation.responses[status]?.content, reply.body);
  });
}

test('the document refuses what the server refuses of blank texts, and takes what it takes', async () => {
  const validate = ajv.getSchema('openapi#/components/schemas/NewRoute');
  for (const blank of ['', ' ', '\t\u2003\ufeff']) {
    for (const body of [{ utterances: [blank] }, { utterances: ['a b'], negatives: [blank] }]) {
      expect(validate?.(body)).toBe(false);
      expect(await bench.ask('PUT', '/routes/blank', body)).toMatchObject({ status: 422 });
    }
  }
  const body = { text: '' };
  expect(ajv.getSchema('openapi#/components/schemas/RouteQuestion')?.(body)).toBe(true);
  expect(await bench.ask('POST', '/route', body)).toMatchObject({ status: 200 });
});

test('every path and method of the document is served, and writes alone need the token', async () => {
  for (const [template, methods] of Object.entries(openApi.paths)) {
    for (const [method, { security }] of Object.entries(methods)) {
      if (method === 'parameters') continue;
      const headers = { 'Content-Type': 'application/json' };
      const { status } = await bench.ask(method.toUpperCase(), template.replace('{name}', 'billing'), undefined, {
        headers,
      });
      expect(status, `${method} ${template}`).not.toBe(404);
      expect(status, `${method} ${template}`).not.toBe(405);
      expect(status === 401, `${method} ${template}`).toBe(security.length > 0);
    }
  }
});

function expectValid(content: Content | undefined, value: unknown): void {
  const name = content?.['application/json'].schema.$ref ?? '';
  const validate = ajv.getSchema(`openapi${name}`);
  expect(validate?.(value), `${name}: ${JSON.stringify(validate?.errors)}`).toBe(true);
}
