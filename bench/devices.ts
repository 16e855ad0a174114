/**
 * What each device takes for the embedded model and for all-MiniLM-L6-v2, in Chromium and in Node: opening, one text, 32
 * texts; whether `auto` chose the best; and how long a page waits for its first decision, on its first and second visit.
 */

import { createReadStream, existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type Page } from 'playwright';
import { createEncoder, type EncoderStatus, type NodeEncoderOptions } from 'synaptoroute/node';
import { build } from 'vite';
import { CHROMIUM_ARGS, findChromium } from '../scripts/chromium.ts';
import type { Reading, Wanted } from './devices/page.ts';
import { quantile, round, type Metrics } from './measure.ts';

const VISITS = 7;
const RUNS = 40;
/** What counts as the best: times on a shared machine vary. */
const SLACK = 1.1;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MINILM = here('../.cache/models/sentence-transformers/all-MiniLM-L6-v2');
const BUILT = here('../.cache/bench-devices');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

type Options = Wanted['options'];
type Row = Readonly<Record<string, number | string>>;

export async function run(): Promise<Metrics> {
  await buildPage();
  await using server = await serveBuilt();
  const visits = await measureVisits(server.url);
  const rows: Record<string, Row> = {};
  let autoIsBest = true;
  for (const [model, options] of models(server.url)) {
    const browser = await measureBrowser(server.url, options);
    const node = await measureNode(model === 'MiniLM' ? { model: MINILM } : {});
    autoIsBest &&= isBest(browser) && isBest(node);
    for (const [name, reading] of [...browser, ...node]) rows[`${model}, ${name}`] = toRow(reading);
  }
  console.table(rows);
  return { auto_is_best: autoIsBest, ...visits };
}

function models(url: string): readonly (readonly [name: string, options: Options])[] {
  if (existsSync(MINILM))
    return [
      ['embedded', {}],
      ['MiniLM', { model: `${url}minilm` }],
    ];
  console.log('skipped: all-MiniLM-L6-v2 is not prepared; run `npx tsx scripts/build-minilm.ts`');
  return [['embedded', {}]];
}

/** As an app would ship it: bundled, its workers and models beside it. */
async function buildPage(): Promise<void> {
  const dist = (file: string): string => here(`../dist/browser/${file}.js`);
  await build({
    root: here('./devices'),
    configFile: false,
    logLevel: 'error',
    base: './',
    resolve: {
      alias: [
        { find: /^synaptoroute\/browser$/, replacement: dist('index') },
        { find: /^synaptoroute\/browser\/webgpu$/, replacement: dist('webgpu') },
      ],
    },
    worker: { format: 'es' },
    build: { target: 'es2023', outDir: BUILT, emptyOutDir: true },
  });
}

/** With isolation, for threads, and files that a browser may keep for good, as they bear their hashes in their names. */
async function serveBuilt(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = path.startsWith('/minilm/')
      ? join(MINILM, path.slice(8))
      : join(BUILT, path === '/' ? 'index.html' : path);
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-length': statSync(file).size,
      'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** A browser with a profile of its own on disk, gone afterwards. */
async function withBrowser<T>(act: (context: BrowserContext) => Promise<T>): Promise<T> {
  const profile = await mkdtemp(join(tmpdir(), 'synaptoroute-bench-'));
  const executablePath = findChromium();
  const context = await chromium.launchPersistentContext(profile, {
    args: [...CHROMIUM_ARGS],
    ...(executablePath && { executablePath }),
  });
  try {
    return await act(context);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function visit<T>(context: BrowserContext, url: string, act: (page: Page) => Promise<T>): Promise<T> {
  const page = await context.newPage();
  try {
    await page.goto(url);
    await page.waitForFunction(() => 'measure' in globalThis);
    return await act(page);
  } finally {
    await page.close();
  }
}

const measureOn = (page: Page, wanted: Wanted): Promise<Reading> =>
  page.evaluate((each) => globalThis.measure(each), wanted);

/** First visits with empty caches, each followed by a second one. */
async function measureVisits(url: string): Promise<Metrics> {
  const cold: Reading[] = [];
  const warm: Reading[] = [];
  for (let i = 0; i < VISITS; i++) {
    await withBrowser(async (context) => {
      for (const readings of [cold, warm]) {
        readings.push(await visit(context, url, (page) => measureOn(page, { options: {}, runs: 0 })));
      }
    });
  }
  console.log('where the time goes, embedded model, least of each (ms)');
  console.table({ 'first visit': breakDown(cold), 'second visit': breakDown(warm) });
  return { ...summarise(cold, 'cold'), ...summarise(warm, 'warm') };
}

function summarise(readings: readonly Reading[], name: string): Metrics {
  const times = readings.map(({ firstDecisionMs }) => firstDecisionMs);
  return {
    [`${name}_ready_ms_embedded`]: round(quantile(times, 0.5), 0),
    [`${name}_ready_ms_embedded_min`]: round(Math.min(...times), 0),
  };
}

function breakDown(readings: readonly Reading[]): Row {
  const least = (of: (reading: Reading) => number): number => round(Math.min(...readings.map(of)), 0);
  return {
    'worker and script': least((reading) => reading.openedMs - inside(reading)),
    'model files': least(loading('filesMs')),
    'ONNX Runtime (beside the files)': least(loading('runtimeMs')),
    session: least(loading('sessionMs')),
    'first run': least(loading('firstRunMs')),
    'opened, in all': least(({ openedMs }) => openedMs),
    'a route and the first decision': least((reading) => reading.firstDecisionMs - reading.openedMs),
  };
}

const loading = (key: keyof NonNullable<EncoderStatus['loading']>) => (reading: Reading) =>
  reading.encoder.loading?.[key] ?? NaN;

function inside({ encoder: { loading: times } }: Reading): number {
  return times ? Math.max(times.filesMs, times.runtimeMs) + times.sessionMs + times.firstRunMs : NaN;
}

type Named = readonly (readonly [name: string, reading: Reading])[];

async function measureBrowser(url: string, options: Options): Promise<Named> {
  return withBrowser(async (context) => {
    const measureAs = (device: NonNullable<Options['device']>, threads?: number): Promise<Reading> =>
      visit(context, url, (page) =>
        measureOn(page, { options: { ...options, device, ...(threads !== undefined && { threads }) }, runs: RUNS }),
      );
    const auto = await measureAs('auto');
    // On two processors it has none to choose; a second thread is measured for what it would give, and not judged.
    const threads = Math.max(2, ...(auto.encoder.measured ?? []).map((each) => each.threads));
    return [
      ['Chromium, WASM', await measureAs('wasm')],
      [`Chromium, WASM, ${threads} threads`, await measureAs('wasm', threads)],
      ['Chromium, WebGPU', await measureAs('webgpu')],
      ['Chromium, auto', auto],
    ];
  });
}

async function measureNode(options: NodeEncoderOptions): Promise<Named> {
  const readings: [string, Reading][] = [];
  for (const [name, device] of [
    ['Node, WASM', 'wasm'],
    ['Node, native', 'native'],
    ['Node, auto', 'auto'],
  ] as const) {
    const start = performance.now();
    const encoder = await createEncoder({ ...options, device, thread: 'caller' });
    const openedMs = performance.now() - start;
    const text = 'Could you please help me to change order number 7?';
    await encoder.encode([text]);
    const firstDecisionMs = performance.now() - start;
    const oneTextMs = await leastMs(RUNS, () => encoder.encode([text]));
    const batchMs = await leastMs(RUNS / 4, () => encoder.encode(Array.from({ length: 32 }, (_, i) => `${text} ${i}`)));
    const status = encoder.status?.() as EncoderStatus;
    await encoder.close?.();
    readings.push([name, { openedMs, firstDecisionMs, oneTextMs, batchMs, encoder: status }]);
  }
  return readings;
}

async function leastMs(count: number, step: () => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await step();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** Whether what `auto` chose is, by its own readings, within the slack of the best of what it may choose. */
function isBest(readings: Named): boolean {
  const auto = readings.find(([name]) => name.endsWith('auto'))?.[1].encoder;
  const mayHave = [1, ...(auto?.measured ?? []).map(({ threads }) => threads)];
  const others = readings
    .filter(([name, { encoder }]) => !name.endsWith('auto') && mayHave.includes(encoder.threads))
    .map(([, reading]) => reading);
  const within = (key: 'oneTextMs' | 'batchMs', device: string | undefined, threads: number | undefined): boolean => {
    const isChosen = ({ encoder }: Reading): boolean => encoder.device === device && encoder.threads === threads;
    const chosen = Math.min(...others.filter(isChosen).map((each) => each[key]));
    return chosen <= SLACK * Math.min(...others.map((each) => each[key]));
  };
  return (
    within('oneTextMs', auto?.device, auto?.threads) &&
    within('batchMs', auto?.batchDevice ?? auto?.device, auto?.batchThreads ?? auto?.threads)
  );
}

function toRow({ openedMs, firstDecisionMs, oneTextMs, batchMs, encoder }: Reading): Row {
  return {
    device:
      encoder.batchDevice && encoder.batchDevice !== encoder.device
        ? `${encoder.device}/${encoder.batchDevice}`
        : encoder.device,
    threads:
      encoder.batchThreads && encoder.batchThreads !== encoder.threads
        ? `${encoder.threads}/${encoder.batchThreads}`
        : encoder.threads,
    'session ms': round(encoder.loading?.sessionMs ?? NaN, 0),
    'first run ms': round(encoder.loading?.firstRunMs ?? NaN, 0),
    'opened ms': round(openedMs, 0),
    'first decision ms': round(firstDecisionMs, 0),
    'one text ms': round(oneTextMs, 2),
    '32 texts ms': round(batchMs, 1),
    note: encoder.note ?? '',
  };
}
