/** WebGPU beside WASM, on whatever adapter Chromium has (SwiftShader where there is no GPU): same decisions, and no query lost. */

import * as ort from 'onnxruntime-web/webgpu';
import { openRouter, type EncoderStatus, type Router } from 'synaptoroute/browser';
import { startWebgpuWorker } from 'synaptoroute/browser/webgpu';
import { createMemoryStorage, openRouter as openCoreRouter } from 'synaptoroute';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createEncoder } from '../../src/browser/encoder.ts';
import { offerWebgpu } from '../../src/browser/device.ts';
import { REFERENCE_ROUTES } from '../support/reference.ts';
import golden from '../golden/minilm.json' with { type: 'json' };

// SwiftShader takes seconds for what a GPU does in milliseconds.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const REQUEST = { onProgress: () => undefined, signal: new AbortController().signal };

/** 200 texts: 50 of all kinds of scripts and lengths, and 150 about orders. */
const TEXTS = [
  ...golden.map(({ text }) => text),
  ...Array.from(
    { length: 150 },
    (_, i) => `${['Where is', 'Please cancel', 'I cannot find'][i % 3]} order number ${i}`,
  ),
];

async function openOn(device: 'auto' | 'wasm' | 'webgpu'): Promise<Router> {
  const router = await openRouter({ device, threads: 1, worker: startWebgpuWorker });
  for (const route of REFERENCE_ROUTES) await router.addRoute(route);
  return router;
}

describe('WebGPU', () => {
  let wasm: Router;
  let webgpu: Router;
  beforeAll(async () => {
    wasm = await openOn('wasm');
    webgpu = await openOn('webgpu');
  });
  afterAll(async () => {
    await wasm.close();
    await webgpu.close();
  });

  test('decides 200 texts as WASM does, with scores within 0.01, under the same encoder id', async () => {
    const [expected, actual] = [await wasm.queryMany(TEXTS), await webgpu.queryMany(TEXTS)];
    let worst = 0;
    for (const [i, { candidates, route, encoderId }] of actual.entries()) {
      expect([TEXTS[i], route, encoderId]).toEqual([TEXTS[i], expected[i]?.route, expected[i]?.encoderId]);
      for (const candidate of candidates) {
        const twin = expected[i]?.candidates.find((each) => each.route === candidate.route);
        worst = Math.max(worst, Math.abs(candidate.score - (twin?.score ?? NaN)));
      }
    }
    expect(worst).toBeLessThan(1e-2);
    expect((await webgpu.status()).encoder).toMatchObject({ device: 'webgpu', batchDevice: 'webgpu' });
    expect((await wasm.status()).encoder.device).toBe('wasm');
  });
});

test('auto answers on WASM at once, measures WebGPU behind, and tells what it chose and why', async () => {
  const router = await openOn('auto');
  const { encoder: early } = await router.status();
  expect(early.device).toBe('wasm');
  const settled = await untilMeasured(router);
  const [first, second] = settled.measured ?? [];
  expect([first?.device, second?.device]).toEqual(['wasm', 'webgpu']);
  const best = (key: 'oneTextMs' | 'batchMs'): string =>
    (first?.[key] ?? 0) <= (second?.[key] ?? 0) ? 'wasm' : 'webgpu';
  expect([settled.device, settled.batchDevice]).toEqual([best('oneTextMs'), best('batchMs')]);
  await router.close();
});

test('a worker without WebGPU refuses to be asked for it', async () => {
  await expect(openRouter({ device: 'webgpu' })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

test('a device lost in the middle of a batch loses no query', async () => {
  offerWebgpu(ort);
  const encoder = await createEncoder({ device: 'webgpu' }, REQUEST);
  const router = await openCoreRouter({ encoder, storage: createMemoryStorage() });
  for (const route of REFERENCE_ROUTES) await router.addRoute(route);
  const before = await router.queryMany(TEXTS.slice(0, 40));
  expect((await router.status()).encoder.device).toBe('webgpu');
  const device = (await ort.env.webgpu.device) as { destroy(): void; readonly lost: Promise<unknown> };
  const pending = TEXTS.slice(0, 40).map((text) => router.query(text));
  let answered = 0;
  for (const query of pending) void query.then(() => answered++);
  // One has been answered, and a batch of the others is under way.
  await Promise.race(pending);
  device.destroy();
  expect(answered).toBeLessThan(40);
  const after = await Promise.all(pending);
  await device.lost;
  expect(after.map(({ route }) => route)).toEqual(before.map(({ route }) => route));
  const { encoder: status } = await router.status();
  expect(status).toMatchObject({ device: 'wasm', batchDevice: 'wasm' });
  expect(status.note).toMatch(/webgpu was given up: its device was lost/);
  await router.close();
  await encoder.close?.();
});

async function untilMeasured(router: Router): Promise<EncoderStatus> {
  for (;;) {
    const { encoder } = await router.status();
    if (encoder.measured) return encoder;
    if (encoder.note && !encoder.note.includes('being measured')) throw new Error(encoder.note);
    await router.query('another one');
  }
}
