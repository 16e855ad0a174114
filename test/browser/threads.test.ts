/** More threads beside one, in a worker in the worker: the same vectors, chosen by measurement, and no query lost. */

import * as ort from 'onnxruntime-web/wasm';
import { openRouter, type EncoderStatus, type Router } from 'synaptoroute/browser';
import {
  createMemoryStorage,
  createOnnxEncoder,
  openRouter as openCoreRouter,
  type OnnxEncoder,
  type OtherDevice,
} from 'synaptoroute';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startThreads } from '../../src/browser/threads.ts';
import { EMBEDDED_MODEL } from '../../src/encoder/embedded-model.ts';
import { setUpWasm } from '../../src/encoder/wasm-runtime.ts';
import golden from '../golden/minilm.json' with { type: 'json' };
import { REFERENCE_ROUTES } from '../support/reference.ts';

// WebGPU, which is measured first, is SwiftShader here.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const TEXTS = golden.map(({ text }) => text);

/** Bundlers want each written out in this form. */
const startThreadsWorker = (): Worker =>
  new Worker(new URL('../support/threads-worker.ts', import.meta.url), { type: 'module' });
const startWorkerlessWorker = (): Worker =>
  new Worker(new URL('../support/workerless-worker.ts', import.meta.url), { type: 'module' });

const THREADS: OtherDevice = {
  name: 'threads',
  device: 'wasm',
  threads: 3,
  adapter: async () => 'three',
  start: (model, settings) => startThreads({ threads: 3, model, settings }),
};

/** On one thread, and on another device where one is preferred. */
function create(device?: OtherDevice): Promise<OnnxEncoder> {
  return createOnnxEncoder({
    ...setUpWasm(ort, 1),
    ...EMBEDDED_MODEL,
    ...(device && { accelerator: { use: 'preferred', device } }),
  });
}

describe('three threads', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  test('give the vectors of one, under the same encoder id, and end when they are closed', async () => {
    expect(crossOriginIsolated).toBe(true);
    const watched = vi.spyOn(navigator.locks, 'request');
    const [one, three] = [await create(), await create(THREADS)];
    const lock = String(watched.mock.calls[0]?.[0]);
    expect(lock).toContain('synaptoroute-life');
    expect(three.status()).toMatchObject({ device: 'wasm', threads: 3, batchThreads: 3 });
    expect(three.id).toBe(one.id);
    const [expected, actual] = [await one.encode(TEXTS), await three.encode(TEXTS)];
    let worst = 0;
    for (const [i, value] of actual.vectors.entries()) {
      worst = Math.max(worst, Math.abs(value - (expected.vectors[i] ?? NaN)));
    }
    expect(worst).toBeLessThan(1e-2);
    await one.close();
    await three.close();
    // Granted when their worker is gone, and with it the model's second copy.
    await navigator.locks.request(lock, () => undefined);
  });

  test('whose worker is ended in the middle of a batch lose no query', async () => {
    const workers: Worker[] = [];
    vi.stubGlobal(
      'Worker',
      class extends Worker {
        constructor(...args: ConstructorParameters<typeof Worker>) {
          super(...args);
          workers.push(this);
        }
      },
    );
    const encoder = await create(THREADS);
    const router = await openCoreRouter({ encoder, storage: createMemoryStorage() });
    for (const route of REFERENCE_ROUTES) await router.addRoute(route);
    const before = await router.queryMany(TEXTS);
    expect((await router.status()).encoder.threads).toBe(3);
    const pending = TEXTS.map((text) => router.query(text));
    let answered = 0;
    for (const query of pending) void query.then(() => answered++);
    await Promise.race(pending);
    for (const worker of workers) worker.terminate();
    expect(answered).toBeLessThan(TEXTS.length);
    const after = await Promise.all(pending);
    expect(after.map(({ route }) => route)).toEqual(before.map(({ route }) => route));
    const { encoder: status } = await router.status();
    expect(status).toMatchObject({ threads: 1, batchThreads: 1, note: 'threads was given up: its worker has ended' });
    await router.close();
    await encoder.close();
  });

  test('that cannot start say why, and end their worker', async () => {
    const ended = vi.spyOn(Worker.prototype, 'terminate');
    const start = startThreads({ threads: 3, model: new Uint8Array(9), settings: { pooling: 'mean' } });
    await expect(start).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
    expect(ended).toHaveBeenCalledOnce();
  });
});

describe('auto', () => {
  test('answers on one thread at once, loses no query while it measures more, and uses what was fastest', async () => {
    const router = await openOn('auto', startThreadsWorker);
    const { encoder: early } = await router.status();
    expect(early).toMatchObject({ device: 'wasm', threads: 1, batchThreads: 1 });
    const settled = await untilSettled(router);
    const { measured = [] } = settled;
    expect(measured.map(({ device, threads }) => [device, threads])).toEqual([
      ['wasm', 1],
      ['webgpu', 1],
      ['wasm', 3],
    ]);
    const best = (key: 'oneTextMs' | 'batchMs'): unknown => {
      const least = Math.min(...measured.map((each) => each[key]));
      const { device, threads } = measured.find((each) => each[key] === least) ?? {};
      return [device, threads];
    };
    expect([settled.device, settled.threads]).toEqual(best('oneTextMs'));
    expect([settled.batchDevice, settled.batchThreads]).toEqual(best('batchMs'));
    expect(settled.note).toBeUndefined();
    const again = await openOn('auto', startThreadsWorker);
    // Remembered: anew, the times would be others.
    expect((await untilSettled(again)).measured).toEqual(measured);
    await again.close();
    await router.close();
  });

  test('stays at one thread, and says why, where a worker has no workers', async () => {
    const router = await openOn('auto', startWorkerlessWorker);
    const settled = await untilSettled(router);
    expect(settled).toMatchObject({ threads: 1, batchThreads: 1 });
    expect(settled.note).toBe('threads: Worker is not defined');
    expect(settled.measured).toHaveLength(2);
    await router.close();
  });

  test('measures no threads where their number is given', async () => {
    const router = await openRouter({ device: 'auto', threads: 1, worker: startThreadsWorker });
    const { measured, note } = await untilSettled(router);
    expect(measured?.map(({ device }) => device)).toEqual(['wasm', 'webgpu']);
    expect(note).toBeUndefined();
    await router.close();
  });
});

async function openOn(device: 'auto' | 'wasm', worker: () => Worker): Promise<Router> {
  const router = await openRouter({ device, worker });
  for (const route of REFERENCE_ROUTES) await router.addRoute(route);
  return router;
}

/** Asks on and on until then, and expects the same answers all the time. */
async function untilSettled(router: Router): Promise<EncoderStatus> {
  const texts = TEXTS.slice(0, 5);
  const expected = await router.queryMany(texts);
  for (;;) {
    const { encoder } = await router.status();
    const decisions = await Promise.all(texts.map((text) => router.query(text)));
    expect(decisions.map(({ route }) => route)).toEqual(expected.map(({ route }) => route));
    if (!encoder.note?.includes('being measured')) return encoder;
  }
}
