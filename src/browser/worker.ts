/** The worker's script: the embedded model on ONNX Runtime's WASM, a router on it, served to the page. */

import { createClock } from '../core/clock.ts';
import { parseBatchOptions, parseDecisionOptions } from '../core/input.ts';
import { parseOptionNames } from '../core/parts.ts';
import { openRouter } from '../core/router.ts';
import type { ModelRouter, Storage } from '../core/types.ts';
import { serveRouter, type OpenRequest } from '../rpc/server.ts';
import { createMemoryStorage } from '../storage/memory.ts';
import { withChangeableModel } from './changeable-model.ts';
import { WORKER_OPTIONS, type WorkerConfig } from './config.ts';
import { createEncoder, prepareEncoder } from './encoder.ts';
import { holdLock } from './life.ts';

async function open(request: OpenRequest): Promise<ModelRouter> {
  const config = parseOptionNames(request.config as WorkerConfig, WORKER_OPTIONS);
  parseBatchOptions(config.batch);
  parseDecisionOptions(config);
  if (config.storage === undefined || config.storage === 'memory') {
    return openHere(config, request, async () => createMemoryStorage());
  }
  // SQLite and the tabs' machinery are loaded by those who keep routes.
  const { openDurable } = await import('./durable.ts');
  return openDurable(config, request, { openHere, prepareEncoder });
}

/** Model, storage and router in this thread; the model and the storage open side by side. */
async function openHere(
  { batch, rule, minMargin, onMismatch, onCorrupt, ...encoderConfig }: WorkerConfig,
  { onProgress, onReencode, signal }: Omit<OpenRequest, 'config'>,
  openStorage: () => Promise<Storage>,
): Promise<ModelRouter> {
  const [encoder, storage] = await Promise.allSettled([
    createEncoder(encoderConfig, { onProgress, signal }),
    openStorage(),
  ]);
  if (encoder.status === 'rejected' || storage.status === 'rejected') {
    if (encoder.status === 'fulfilled') await encoder.value.close?.();
    if (storage.status === 'fulfilled') await storage.value.close();
    throw encoder.status === 'rejected' ? encoder.reason : (storage as PromiseRejectedResult).reason;
  }
  const router = await openRouter({
    encoder: encoder.value,
    storage: storage.value,
    clock: createClock(createSoon()),
    warmUp: true,
    signal,
    onReencode,
    ...(batch && { batch }),
    ...(rule !== undefined && { rule }),
    ...(minMargin !== undefined && { minMargin }),
    ...(onMismatch && { onMismatch }),
    ...(onCorrupt && { onCorrupt }),
  }).catch(async (error: unknown) => {
    await encoder.value.close?.();
    throw error;
  });
  const { offline, download, device, threads } = encoderConfig;
  const here = { offline, download, device, threads } as WorkerConfig;
  return withChangeableModel(router, encoder.value, (choice, each) => createEncoder({ ...choice, ...here }, each));
}

/** A message to oneself comes after the messages that already wait, and unlike a timer is never rounded up. */
function createSoon(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const callbacks: (() => void)[] = [];
  port1.addEventListener('message', () => callbacks.shift()?.());
  port1.start();
  return (callback) => {
    callbacks.push(callback);
    port2.postMessage(undefined);
  };
}

// ONNX Runtime starts its threads by loading the script it is bundled in, which may be this one.
if (self.name !== 'em-pthread') {
  serveRouter(self, open, { lifeLock: holdLock().then((lock) => lock?.name) });
}
