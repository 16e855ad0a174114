/** The worker's script: the embedded model on ONNX Runtime's WASM, a router on it, served to the page. */

import { createClock } from '../core/clock.ts';
import { withOwned } from '../core/disposable.ts';
import { parseBatchOptions } from '../core/input.ts';
import { openRouter } from '../core/router.ts';
import type { Router } from '../core/types.ts';
import { serveRouter, type OpenRequest } from '../rpc/server.ts';
import { createMemoryStorage } from '../storage/memory.ts';
import type { WorkerConfig } from './config.ts';
import { createEncoder } from './encoder.ts';
import { holdLifeLock } from './life.ts';

async function open({ config, onProgress, signal }: OpenRequest): Promise<Router> {
  const { batch, ...encoderConfig } = config as WorkerConfig;
  parseBatchOptions(batch);
  const encoder = await createEncoder(encoderConfig, { onProgress, signal });
  const clock = createClock(createSoon());
  const router = await openRouter({ encoder, storage: createMemoryStorage(), clock, ...(batch && { batch }) });
  return withOwned(router, encoder);
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
  serveRouter(self, open, { lifeLock: holdLifeLock() });
}
