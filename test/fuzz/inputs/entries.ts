/** Every public entry point with arguments that are good, one of which is to be spoilt. */

import {
  connectRouter,
  createFunctionEncoder,
  createMemoryStorage,
  createOnnxEncoder,
  createPipelineEncoder,
  createSqlStorage,
  formatEvaluation,
  openRouter,
  parseRoutes,
  readRouterFile,
  type LocalRouter,
  type Router,
} from 'synaptoroute';
import { createHandler } from 'synaptoroute/http';
import { createRequestListener, createSqliteStorage, openRouter as openNodeRouter } from 'synaptoroute/node';
import { createHashEncoder } from '../../support/encoders.ts';

export interface Subject {
  readonly local: LocalRouter;
  /** The same kind of router, or that one's client. */
  readonly router: Router;
  readonly file: Uint8Array;
}

export interface Entry {
  readonly name: string;
  readonly good: (subject: Subject) => readonly unknown[];
  readonly call: (subject: Subject, args: readonly never[]) => unknown;
}

const callOptions = (): object => ({ timeoutMs: 5000, signal: new AbortController().signal });
const route = (): object => ({
  name: 'extra',
  utterances: ['an extra one', 'one more'],
  negatives: ['not this'],
  threshold: 0.4,
  metadata: { a: [1, { b: 'c' }] },
});
const samples = (): object[] => [
  { text: 'refund my money', route: 'billing' },
  { text: 'what is the weather', route: null },
];
const changes = (): object[] => [{ addRoute: route() }, { setThreshold: 0.5, route: 'billing' }];
const batch = (): object => ({ maxBatchSize: 8, maxWaitMs: 1, maxQueueSize: 100, cacheSize: 5 });

const VERBS: Readonly<Record<string, () => readonly unknown[]>> = {
  addRoute: () => [route(), callOptions()],
  removeRoute: () => ['billing'],
  addUtterances: () => ['billing', ['another', 'and another'], callOptions()],
  removeUtterances: () => ['billing', ['pay the bill']],
  addNegatives: () => ['billing', ['no bill'], callOptions()],
  removeNegatives: () => ['billing', ['bill gates']],
  setThreshold: () => ['billing', 0.3],
  query: () => ['refund', callOptions()],
  queryMany: () => [['refund', 'parcel'], callOptions()],
  encode: () => [['refund', 'parcel'], { kind: 'query', ...callOptions() }],
  explain: () => ['refund', { candidates: 2, ...callOptions() }],
  evaluate: () => [samples(), { onProgress: () => undefined, ...callOptions() }],
  fit: () => [{ samples: samples(), maxErrorRate: 0.4, folds: 2, seed: 3, ...callOptions() }],
  replay: () => [['refund'], changes(), callOptions()],
  lint: () => [callOptions()],
  feedback: () => ['refund', { expected: 'billing', ...callOptions() }],
};

function verb(name: string): Entry {
  return {
    name,
    good: VERBS[name] as () => readonly unknown[],
    call: ({ router }, args) => (router[name as keyof Router] as (...given: readonly never[]) => unknown)(...args),
  };
}

function entry(name: string, good: Entry['good'], call: (...args: never[]) => unknown): Entry {
  return { name, good, call: (_, args) => call(...args) };
}

/** What opens is closed again. */
async function openAndClose(opening: Promise<Router>): Promise<void> {
  await (await opening).close();
}

export const ENTRIES: readonly Entry[] = [
  ...Object.keys(VERBS).map(verb),
  {
    name: 'importFile',
    good: ({ file }) => [file, { onMismatch: 'fail', ...callOptions() }],
    call: ({ router }, [file, options]) => router.importFile(file as never, options),
  },
  {
    name: 'setEncoder',
    good: () => [{ ...createHashEncoder() }, { onReencode: () => undefined, ...callOptions() }],
    call: ({ local }, [encoder, options]) => local.setEncoder(encoder as never, options),
  },
  entry(
    'close',
    () => [{ pending: 'drain' }],
    async (options: never) => {
      const router = await openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() });
      try {
        await router.close(options);
      } finally {
        await router.close();
      }
    },
  ),
  entry(
    'openRouter',
    () => [
      {
        encoder: { ...createHashEncoder() },
        storage: createMemoryStorage(),
        batch: batch(),
        rule: 'blend',
        minMargin: 0.1,
        kernel: 'auto',
        onMismatch: 'fail',
        onCorrupt: 'fail',
        onReencode: () => undefined,
        warmUp: true,
      },
    ],
    (options: never) => openAndClose(openRouter(options)),
  ),
  entry(
    'openRouter of Node',
    () => [{ encoder: { ...createHashEncoder() }, batch: batch(), rule: 'blend', minMargin: 0.1, onMismatch: 'fail' }],
    // Without an encoder it would load a model.
    (options: never) => {
      const isModel =
        options === undefined || (typeof options === 'object' && options !== null && lacksEncoder(options));
      return isModel ? undefined : openAndClose(openNodeRouter(options));
    },
  ),
  entry(
    'parseRoutes',
    () => [{ routes: [route(), { name: 'b', utterances: ['b'], score_threshold: 0.3, description: 'of b' }] }],
    parseRoutes,
  ),
  { name: 'readRouterFile', good: ({ file }) => [file], call: (_, [file]) => readRouterFile(file as never) },
  entry('formatEvaluation', () => [{ routes: [], confusions: [], coverageRisk: [] }], formatEvaluation),
  entry(
    'connectRouter',
    () => [
      { postMessage: 0, addEventListener: 0, removeEventListener: 0 },
      { config: 1, onEnd: () => undefined },
    ],
    connectRouter,
  ),
  {
    name: 'createHandler',
    good: ({ router }) => [
      {
        router: { ...router },
        token: 'a token of more than sixteen',
        limits: { maxTexts: 5 },
        onError: () => undefined,
      },
    ],
    call: (_, [options]) => createHandler(options as never),
  },
  entry('createRequestListener', () => [() => undefined], createRequestListener),
  entry(
    'createFunctionEncoder',
    () => [
      {
        id: 'f',
        dimensions: 2,
        encode: (texts: readonly string[]) => texts.map(() => [1, 0]),
        maxBatchSize: 3,
        defaultThreshold: 0.2,
        norm: 'scale',
        retry: { maxRetries: 0, retryDelayMs: 1 },
      },
    ],
    async (options: never) => createFunctionEncoder(options).encode(['text']),
  ),
  entry(
    'createPipelineEncoder',
    () => [
      async (texts: readonly string[]) => ({ data: new Float32Array(texts.length * 2).fill(Math.SQRT1_2) }),
      { pooling: 'mean', prefixes: { query: 'q: ' }, dtype: 'fp32', id: 'p', maxBatchSize: 2, defaultThreshold: 0.1 },
    ],
    createPipelineEncoder,
  ),
  entry(
    'createOnnxEncoder',
    () => [{ ort: {}, model: new Uint8Array(4), tokenizer: new Uint8Array(4), maxTokens: 8, defaultThreshold: 0.2 }],
    createOnnxEncoder,
  ),
  entry(
    'createSqlStorage',
    () => [{}, { status: () => ({ kind: 'x', persistent: false }), access: 'write' }],
    createSqlStorage,
  ),
  entry('createSqliteStorage', () => [{ database: { exec: 1, prepare: 1 }, access: 'read' }], createSqliteStorage),
];

function lacksEncoder(options: object): boolean {
  try {
    return (options as { readonly encoder?: unknown }).encoder === undefined || 'storage' in options;
  } catch {
    return false;
  }
}
