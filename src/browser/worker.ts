/** The worker's script: the embedded model on ONNX Runtime's WASM, a router on it, served to the page. */

import * as ort from 'onnxruntime-web/wasm';
import { createClock } from '../core/clock.ts';
import { withOwned } from '../core/disposable.ts';
import { parseBatchOptions, parseInteger } from '../core/input.ts';
import { openRouter } from '../core/router.ts';
import type { Encoder, Router } from '../core/types.ts';
import { chooseModel } from '../encoder/embedded-model.ts';
import { createOnnxEncoder } from '../encoder/onnx-encoder.ts';
import { setUpWasm } from '../encoder/wasm-runtime.ts';
import { serveRouter, type OpenRequest } from '../rpc/server.ts';
import { createMemoryStorage } from '../storage/memory.ts';
import type { WorkerConfig } from './config.ts';
import { holdLifeLock } from './life.ts';

async function open({ config, onProgress, signal }: OpenRequest): Promise<Router> {
  const { batch, ...encoderConfig } = config as WorkerConfig;
  parseBatchOptions(batch);
  const encoder = await createEncoder(encoderConfig, { onProgress, signal });
  const clock = createClock(createSoon());
  const router = await openRouter({ encoder, storage: createMemoryStorage(), clock, ...(batch && { batch }) });
  return withOwned(router, encoder);
}

function createEncoder(
  config: Omit<WorkerConfig, 'batch'>,
  request: Pick<OpenRequest, 'onProgress' | 'signal'>,
): Promise<Encoder> {
  const wanted = parseInteger(config.threads, 'threads', 1, 1);
  // Threads share memory, which only an isolated page may.
  const runtime = setUpWasm(ort, crossOriginIsolated ? wanted : 1);
  return createOnnxEncoder({ ...runtime, ...chooseModel(config), ...request });
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
