/** Owns which encoder a worker runs: the caller's model on ONNX Runtime's WASM. */

import * as ort from 'onnxruntime-web/wasm';
import { parseInteger } from '../core/input.ts';
import type { Encoder } from '../core/types.ts';
import { chooseModel } from '../encoder/embedded-model.ts';
import { createOnnxEncoder } from '../encoder/onnx-encoder.ts';
import { setUpWasm } from '../encoder/wasm-runtime.ts';
import type { OpenRequest } from '../rpc/server.ts';
import type { WorkerConfig } from './config.ts';

export function createEncoder(
  config: Omit<WorkerConfig, 'batch'>,
  request: Pick<OpenRequest, 'onProgress' | 'signal'>,
): Promise<Encoder> {
  const wanted = parseInteger(config.threads, 'threads', 1, 1);
  // Threads share memory, which only an isolated page may.
  const runtime = setUpWasm(ort, crossOriginIsolated ? wanted : 1);
  return createOnnxEncoder({ ...runtime, ...chooseModel(config), ...request });
}
