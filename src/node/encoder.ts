/** Owns which ONNX Runtime runs in Node; knows no threads. */

import { RouterError, messageOf } from '../core/errors.ts';
import { parseInteger } from '../core/input.ts';
import type { AbortSignalLike, Encoder, LoadProgress } from '../core/types.ts';
import { chooseModel, type ModelChoice } from '../encoder/model-choice.ts';
import { createOnnxEncoder, type OnnxEncoderOptions } from '../encoder/onnx-encoder.ts';
import { setUpWasm } from '../encoder/wasm-runtime.ts';
import type { ModelCacheOptions } from './model-cache.ts';
import { createNodeReader } from './read-file.ts';

/** `model` and `tokenizer` may be paths, URLs or bytes. */
export interface NodeEncoderOptions extends ModelChoice, ModelCacheOptions {
  /**
   * `native` is the package `onnxruntime-node` (install it beside this one), `wasm` is `onnxruntime-web`.
   * Default `auto`: native where it can be loaded, and `status().encoder` says which it was and why.
   */
  readonly runtime?: 'auto' | 'native' | 'wasm';
  /** Threads that one run may use. Default 1, which is quickest for short texts. */
  readonly threads?: number;
  /**
   * `worker`, the default, encodes on a thread of its own: the event loop stays free, and a batch is decided while the
   * next one is encoded. `caller` encodes on the calling thread, which a batch of 32 blocks for 10 ms; it spares a
   * process its second thread and a lone query the way there and back (0.05 ms).
   */
  readonly thread?: 'worker' | 'caller';
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignalLike;
}

type Runtime = Pick<OnnxEncoderOptions, 'ort' | 'sessionOptions'> & {
  readonly describe: NonNullable<OnnxEncoderOptions['describe']>;
};

/** The encoder on the thread that calls this. */
export async function createLocalEncoder(options: NodeEncoderOptions): Promise<Encoder> {
  const { onProgress, signal } = options;
  const readFile = createNodeReader(options);
  return createOnnxEncoder({
    ...(await chooseModel(options, readFile, signal)),
    ...(await loadRuntime(options)),
    readFile,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
}

async function loadRuntime({ runtime = 'auto', threads: given }: NodeEncoderOptions): Promise<Runtime> {
  const threads = parseInteger(given, 'threads', 1, 1);
  switch (runtime) {
    case 'native':
      return loadNative(threads);
    case 'wasm':
      return loadWasm(threads);
    case 'auto':
      try {
        return await loadNative(threads);
      } catch (error) {
        const { describe, ...rest } = await loadWasm(threads);
        const note = [messageOf(error), describe.note].filter(Boolean).join(' ');
        return { ...rest, describe: { ...describe, note } };
      }
    default:
      throw new RouterError(
        'INVALID_OPTION',
        `Expected \`runtime\` to be auto, native or wasm, got ${String(runtime)}.`,
      );
  }
}

async function loadNative(threads: number): Promise<Runtime> {
  const ort = await import('onnxruntime-node').catch((error: unknown) => {
    throw new RouterError(
      'UNSUPPORTED',
      `onnxruntime-node could not be loaded (${messageOf(error)}); install it beside synaptoroute for several times the speed of WASM.`,
      { cause: error },
    );
  });
  return {
    ort,
    sessionOptions: { intraOpNumThreads: threads, interOpNumThreads: 1 },
    describe: { runtime: `onnxruntime-node ${ort.env.versions.node ?? ''}`, device: 'cpu', threads },
  };
}

async function loadWasm(threads: number): Promise<Runtime> {
  return setUpWasm(await import('onnxruntime-web/wasm'), threads);
}
