/** Values that throw when they are read, or claim to be endless: a refusal with a code, whoever is given them. */

import {
  connectRouter,
  createFunctionEncoder,
  createMemoryStorage,
  createPipelineEncoder,
  createSqlStorage,
  formatEvaluation,
  openRouter,
  parseRoutes,
  readRouterFile,
  type LocalRouter,
  type RouterOptions,
} from 'synaptoroute';
import { createHandler } from 'synaptoroute/http';
import { createEncoder, createSqliteStorage } from 'synaptoroute/node';
import { expect, onTestFinished, test } from 'vitest';
import { createHashEncoder } from '../support/encoders.ts';
import { attempt, codeOf, refusal } from '../support/promises.ts';

function trap(): never {
  throw new TypeError('the trap threw');
}

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const revokedList = Proxy.revocable([], {});
revokedList.revoke();
/** Throws what itself cannot be looked at. */
const throwsRevoked = new Proxy(
  {},
  {
    get() {
      throw revoked.proxy;
    },
  },
);

const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['a revoked proxy', revoked.proxy],
  ['a revoked proxy of a list', revokedList.proxy],
  ['a proxy whose traps throw', new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap })],
  ['a list whose traps throw', new Proxy([], { get: trap, has: trap, getPrototypeOf: trap })],
  ['a proxy that throws a revoked one', throwsRevoked],
  ['a symbol', Symbol('s')],
];

async function open(): Promise<LocalRouter> {
  const router = await openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() });
  onTestFinished(() => router.close());
  await router.addRoute({ name: 'billing', utterances: ['refund my money', 'pay the bill'] });
  return router;
}

type Call = (router: LocalRouter, value: never) => unknown;

const CALLS: Readonly<Record<string, Call>> = {
  addRoute: (router, value) => router.addRoute(value),
  'addRoute with options': (router, value) => router.addRoute({ name: 'b', utterances: ['b'] }, value),
  removeRoute: (router, value) => router.removeRoute(value),
  addUtterances: (router, value) => router.addUtterances('billing', value),
  'addUtterances of one': (router, value) => router.addUtterances('billing', [value]),
  removeNegatives: (router, value) => router.removeNegatives('billing', value),
  setThreshold: (router, value) => router.setThreshold('billing', value),
  query: (router, value) => router.query(value),
  'query with options': (router, value) => router.query('bill', value),
  'query with a signal': (router, value) => router.query('bill', { signal: value }),
  queryMany: (router, value) => router.queryMany(value),
  encode: (router, value) => router.encode(value),
  'encode with options': (router, value) => router.encode(['bill'], value),
  explain: (router, value) => router.explain(value),
  'explain with options': (router, value) => router.explain('bill', value),
  evaluate: (router, value) => router.evaluate(value),
  'evaluate one': (router, value) => router.evaluate([value]),
  'evaluate with options': (router, value) => router.evaluate([{ text: 'bill', route: null }], value),
  fit: (router, value) => router.fit(value),
  'fit of samples': (router, value) => router.fit({ samples: value }),
  replay: (router, value) => router.replay(['bill'], value),
  'replay one': (router, value) => router.replay(['bill'], [value]),
  lint: (router, value) => router.lint(value),
  feedback: (router, value) => router.feedback('bill', value),
  importFile: (router, value) => router.importFile(value),
  'importFile with options': (router, value) => router.importFile(new Uint8Array(4), value),
  setEncoder: (router, value) => router.setEncoder(value),
  'setEncoder with options': (router, value) => router.setEncoder(createHashEncoder(), value),
  close: (router, value) => router.close(value),
  parseRoutes: (_, value) => parseRoutes(value),
  'parseRoutes of one': (_, value) => parseRoutes([value]),
  'parseRoutes of an object': (_, value) => parseRoutes({ routes: value }),
  readRouterFile: (_, value) => readRouterFile(value),
  formatEvaluation: (_, value) => formatEvaluation(value),
  openRouter: (_, value) => openRouter(value),
  'openRouter with a storage': (_, value) => openRouter({ encoder: createHashEncoder(), storage: value }),
  'openRouter with a clock': (_, value) => openRouter({ ...parts(), clock: value }),
  'openRouter with a batch': (_, value) => openRouter({ ...parts(), batch: value }),
  'openRouter with a listener': (_, value) => openRouter({ ...parts(), onReencode: value }),
  connectRouter: (_, value) => connectRouter(value),
  createHandler: (_, value) => createHandler(value),
  'createHandler with a router': (_, value) => createHandler({ router: value }),
  'createHandler with limits': (router, value) => createHandler({ router, limits: value }),
  createFunctionEncoder: (_, value) => createFunctionEncoder(value),
  createPipelineEncoder: (_, value) => createPipelineEncoder(value),
  'createPipelineEncoder with options': (_, value) => createPipelineEncoder(async () => trap(), value),
  createSqlStorage: (_, value) => createSqlStorage({} as never, value),
};

function parts(): RouterOptions {
  return { encoder: createHashEncoder(), storage: createMemoryStorage() };
}

test.each(Object.entries(CALLS))('%s refuses what throws when it is read', async (_, call) => {
  const router = await open();
  for (const [title, value] of HOSTILE) {
    const error = await refusal(attempt(() => call(router, value as never)));
    expect(error.code, title).not.toBe('INTERNAL');
    expect(error.message, title).toMatch(/\w/);
  }
  expect((await router.query('refund my money')).route).toBe('billing');
});

test('a list that is too long is refused before anything of it is read', async () => {
  const router = await open();
  const endless = new Proxy([] as string[], {
    get: (list, key) => (key === 'length' ? 2 ** 32 - 1 : key === '0' ? 'text' : Reflect.get(list, key)),
  });
  for (const list of [Array(2 ** 32 - 1), endless] as string[][]) {
    const codes = await Promise.all([
      codeOf(attempt(() => parseRoutes(list))),
      codeOf(attempt(() => parseRoutes({ routes: list }))),
      codeOf(router.addUtterances('billing', list)),
      codeOf(router.queryMany(list)),
      codeOf(router.evaluate(list as never)),
      codeOf(router.replay(['x'], list as never)),
    ]);
    expect(codes).toEqual([
      'INVALID_ROUTE',
      'INVALID_ROUTE',
      'INVALID_ROUTE',
      'INVALID_QUERY',
      'INVALID_OPTION',
      'INVALID_OPTION',
    ]);
  }
});

/** With a hole at 1. */
function sparse<T>(item: T): T[] {
  return Object.assign(Array<T>(3), { 0: item, 2: item });
}

test('a hole is refused by its position', async () => {
  const router = await open();
  const route = { name: 'a', utterances: ['a'] };
  for (const error of [
    await refusal(attempt(() => parseRoutes(sparse(route)))),
    await refusal(router.addRoute({ ...route, utterances: sparse('text') })),
    await refusal(router.queryMany(sparse('text'))),
    await refusal(router.fit({ samples: sparse({ text: 'a', route: null }) })),
  ]) {
    expect(error.message).toContain('hole at position 1');
  }
});

test('a callback that throws is a refusal with what it threw as the cause', async () => {
  const router = await open();
  const cause = new RangeError('not now');
  const onProgress = (): void => {
    throw cause;
  };
  const error = await refusal(router.evaluate([{ text: 'bill', route: 'billing' }], { onProgress }));
  expect(error).toMatchObject({ code: 'INVALID_OPTION', cause });
});

test('a list that claims to be endless is named in a refusal, and never written out', async () => {
  const endless = Object.assign([], { length: 2 ** 32 - 1 }) as never;
  const pipeline = (async () => ({ data: new Float32Array(2) })) as never;
  const base = { id: 'x', dimensions: 2, encode: async () => [] };
  const codes = await Promise.all(
    [
      () => createPipelineEncoder(pipeline, { prefixes: { query: endless } }),
      () => createPipelineEncoder(pipeline, { dtype: endless }),
      () => createPipelineEncoder(pipeline, { pooling: endless }),
      () => createFunctionEncoder({ ...base, encode: endless }),
      () => createFunctionEncoder({ ...base, dimensions: 2 ** 53 }),
      () =>
        createPipelineEncoder(
          Object.assign(async () => ({ data: new Float32Array(2) }), { model: revoked.proxy }) as never,
        ),
      () => createFunctionEncoder({ ...base, norm: endless }),
      () => createEncoder({ device: endless, thread: 'caller' }),
      () => createEncoder({ model: 'a/b', dtype: endless, thread: 'caller' }),
      () => createEncoder({ model: 'a/b', pooling: endless, thread: 'caller' }),
      () => createEncoder({ model: { repo: 'a/b', baseUrl: endless }, thread: 'caller' }),
      () => createEncoder({ model: { location: 'x', sha256: endless }, tokenizer: 'y', thread: 'caller' }),
      () => createSqliteStorage({ path: endless }),
      () => createSqliteStorage({ path: 'x', driver: endless }),
    ].map((act) => codeOf(attempt<unknown>(act))),
  );
  expect(new Set(codes)).toEqual(new Set(['INVALID_OPTION']));
});
