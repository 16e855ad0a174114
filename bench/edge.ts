/** What a Worker costs: script, first decision of an isolate, queries in workerd, its memory, and a Durable Object's boot. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { MiniflareOptions } from 'miniflare';
import { ortMemoryBytes, watchMemory } from '../test/support/edge-memory.ts';
import { bundleWorker, ROUTERS_OPTIONS, startEdge, toWorker, type Bundle, type Edge } from '../test/support/edge.ts';
import { TOKEN } from '../test/support/http.ts';
import { createPicker, createRandom, quantile, round, timeEach, type Metrics } from './measure.ts';

const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
const VECTORS = 5000;
const ROUNDS = 3;
const INSPECTOR_PORT = 39_229;

export async function run(): Promise<Metrics> {
  const bundle = bundleWorker('test/edge/workers/routers.ts');
  const firstMs: number[] = [];
  for (let i = 0; i < ROUNDS; i++) firstMs.push(await firstDecisionMs(bundle));
  return {
    script_gzip_bytes: bundle.files.reduce((sum, { bytes }) => sum + gzipSync(bytes, { level: 9 }).length, 0),
    isolate_first_decision_ms: round(quantile(firstMs, 0.5), 0),
    isolate_first_decision_ms_min: round(Math.min(...firstMs), 0),
    ...(await measureWarm(bundle)),
    ...(await measureMemory(bundle)),
    do_boot_50k_ms: await bootMs(),
    vectors: VECTORS,
  };
}

/** From the first request of a fresh process, over HTTP, to its answer: model and ONNX Runtime are loaded meanwhile. */
async function firstDecisionMs(bundle: Bundle): Promise<number> {
  await using edge = await startEdge({ workers: [toWorker(bundle, ROUTERS_OPTIONS)] });
  const start = performance.now();
  await ask(edge, 'POST', 'memory/route', { text: 'How do I get my money back?' });
  return performance.now() - start;
}

async function measureWarm(bundle: Bundle): Promise<Metrics> {
  await using edge = await startEdge({ workers: [toWorker(bundle, ROUTERS_OPTIONS)] });
  const pid = newestWorkerd();
  // The process before any of our code has run in it; what it grows by is what an isolate is charged for, and more.
  const idleMb = memoryMb(pid, 'VmRSS');
  const texts = sentences(VECTORS + 2000);
  for (let i = 0; i < VECTORS; i += 500) {
    await ask(edge, 'PUT', `memory/routes/route-${i}`, { utterances: texts.slice(i, i + 500) });
  }
  const text = (i: number): string => texts[VECTORS + (i % 2000)] as string;
  const queryMs = await timeEach(300, 50, (i) =>
    ask(edge, 'POST', 'memory/route', { text: text(i), maxCandidates: 1 }),
  );
  const floorMs = await timeEach(300, 50, () => fetch(new URL('nothing', edge.url)).then((reply) => reply.text()));
  const batchMs = await timeEach(20, 3, (i) =>
    Promise.all(
      Array.from({ length: 64 }, (_, j) =>
        ask(edge, 'POST', 'memory/route', { text: text(i * 64 + j), maxCandidates: 1 }),
      ),
    ),
  );
  return {
    warm_query_ms_p50: round(quantile(queryMs, 0.5)),
    warm_query_ms_min: round(Math.min(...queryMs)),
    empty_request_ms_p50: round(quantile(floorMs, 0.5)),
    concurrent64_queries_per_s: round(64_000 / quantile(batchMs, 0.5), 0),
    concurrent64_queries_per_s_best: round(64_000 / Math.min(...batchMs), 0),
    process_growth_mb: round(memoryMb(pid, 'VmHWM') - idleMb, 0),
  };
}

/** As an isolate's limit counts: V8's heap and backing stores at their worst moment, and ONNX Runtime's shared memory. */
async function measureMemory(bundle: Bundle): Promise<Metrics> {
  const worker = { ...toWorker(bundle, ROUTERS_OPTIONS), name: 'routers' };
  await using edge = await startEdge({ inspectorPort: INSPECTOR_PORT, workers: [worker] } as MiniflareOptions);
  const watch = await watchMemory(INSPECTOR_PORT, 'routers');
  const texts = sentences(VECTORS + 640);
  for (let i = 0; i < VECTORS; i += 100) {
    await ask(edge, 'PUT', `memory/routes/route-${i}`, { utterances: texts.slice(i, i + 100) });
  }
  for (let i = VECTORS; i < texts.length; i += 64) {
    await Promise.all(texts.slice(i, i + 64).map((text) => ask(edge, 'POST', 'memory/route', { text })));
  }
  await watch.stop();
  const ortBytes = await ortMemoryBytes(edge);
  return {
    peak_memory_mb: round((watch.peakBytes() + ortBytes) / 2 ** 20, 1),
    peak_memory_v8_mb: round(watch.peakBytes() / 2 ** 20, 1),
    peak_memory_ort_mb: round(ortBytes / 2 ** 20, 1),
  };
}

/** From a Worker's first question to a fresh process until it holds all vectors of the object, transfer and all. */
async function bootMs(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'synaptoroute-bench-'));
  const durableObjects = {
    CONTRACT: { className: 'ContractObject', useSQLite: true },
    ROUTER_OBJECT: { className: 'RouterObject', useSQLite: true },
  };
  const worker = toWorker(bundleWorker('test/edge/workers/contract.ts'), { durableObjects });
  const options = { durableObjectsPersist: folder, workers: [worker] };
  try {
    {
      await using edge = await startEdge(options);
      await fetch(new URL('fill/50000', edge.url)).then((reply) => reply.text());
    }
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      await using edge = await startEdge(options);
      const reply = await fetch(new URL('count', edge.url));
      const { loadMs, vectors } = (await reply.json()) as { readonly loadMs: number; readonly vectors: number };
      if (vectors !== 50_000) throw new Error(`the object has ${vectors} vectors`);
      times.push(loadMs);
    }
    return round(Math.min(...times), 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(edge: Edge, method: string, path: string, body: object): Promise<void> {
  const response = await fetch(new URL(path, edge.url), { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 200)}`);
}

/** Of this process; miniflare does not tell the id of its workerd. */
function newestWorkerd(): number {
  const ids = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, command]) => Number(parent) === process.pid && command?.startsWith('workerd'))
    .map(([id]) => Number(id));
  const newest = Math.max(...ids);
  if (!Number.isFinite(newest)) throw new Error(`no workerd among ${readdirSync('/proc').length} entries of /proc`);
  return newest;
}

function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** Distinct everyday sentences, seeded. */
function sentences(count: number): readonly string[] {
  const random = createRandom(11);
  const pick = createPicker(random);
  const texts = new Set<string>();
  while (texts.size < count) {
    texts.add(
      `${pick('Please|Can you|Could you|I want to|Help me to|How do I')} ${pick('change|cancel|find|check|move|return|pay|book')} ${pick('my|the|our|that|this')} ${pick('order|flight|bill|card|table|account|parcel|ticket')} ${pick('for|from|before|after|on')} ${pick('next|last|this')} ${pick('week|Friday|month|June|Monday|year')}`,
    );
  }
  return [...texts];
}
