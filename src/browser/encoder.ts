/** Owns which encoder a worker runs: the caller's model on ONNX Runtime's WASM, with WebGPU beside it where it is asked for. */

import * as ort from 'onnxruntime-web/wasm';
import { parseInteger } from '../core/input.ts';
import type { Encoder, EncoderStatus } from '../core/types.ts';
import { chooseModel } from '../encoder/model-choice.ts';
import { createFetchReader } from '../encoder/fetch-reader.ts';
import { parseJson } from '../encoder/json-file.ts';
import { readSource } from '../encoder/model-source.ts';
import { createOnnxEncoder } from '../encoder/onnx-encoder.ts';
import { startRuntime } from '../encoder/onnx-session.ts';
import { setUpWasm } from '../encoder/wasm-runtime.ts';
import { createTextTokenizer } from '../encoder/tokenizer.ts';
import type { OpenRequest } from '../rpc/server.ts';
import type { WorkerConfig } from './config.ts';
import { chooseAccelerator } from './device.ts';
import { createCachedReader } from './model-cache.ts';

export async function createEncoder(
  config: Omit<WorkerConfig, 'batch'>,
  request: Pick<OpenRequest, 'onProgress' | 'signal'>,
): Promise<Encoder> {
  const wanted = parseInteger(config.threads, 'threads', 1, 1);
  // Threads share memory, which only an isolated page may.
  const runtime = setUpWasm(ort, crossOriginIsolated ? wanted : 1);
  const accelerator = chooseAccelerator(config);
  const { readFile, problem } = createReader(config);
  const model = await chooseModel(config, readFile, request.signal);
  const encoder = await createOnnxEncoder({
    ...runtime,
    ...model,
    ...request,
    readFile,
    ...(accelerator && { accelerator }),
  });
  return { ...encoder, status: () => withNote(encoder.status(), problem()) };
}

/** Has the runtime there, compiled and practised, most of the wait for an encoder; a model is for the thread that runs one. */
export async function prepareEncoder(config: WorkerConfig, signal: AbortSignal): Promise<void> {
  const wanted = parseInteger(config.threads, 'threads', 1, 1);
  await startRuntime(setUpWasm(ort, crossOriginIsolated ? wanted : 1).ort);
  const { rehearse } = await import('./rehearsal.ts');
  const { readFile } = createReader(config);
  const { tokenizer, maxTokens = 128, tokenizerConfig = {} } = await chooseModel(config, readFile, signal);
  const { value } = await readSource(tokenizer, readFile, { parse: parseJson });
  if (!signal.aborted) await rehearse(ort, createTextTokenizer(value, maxTokens, tokenizerConfig), signal);
}

/** The embedded model comes with the page, from its host, and its HTTP cache. */
function createReader(config: Omit<WorkerConfig, 'batch'>): ReturnType<typeof createCachedReader> {
  if (config.model === undefined) {
    const { allowedHosts: _, ...policy } = config.download ?? {};
    return { readFile: createFetchReader(policy), problem: () => undefined };
  }
  return createCachedReader(config);
}

/** With what the reader could not keep. */
function withNote(status: EncoderStatus, problem: string | undefined): EncoderStatus {
  return problem === undefined ? status : { ...status, note: [status.note, problem].filter(Boolean).join('; ') };
}
