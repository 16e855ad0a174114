/** Owns which ONNX Runtime runs in Node; knows no threads. */

import { RouterError, messageOf } from '../core/errors.ts';
import { show } from '../core/guard.ts';
import { parseInteger } from '../core/input.ts';
import type { AbortSignalLike, Encoder, LoadProgress } from '../core/types.ts';
import { chooseModel, type ModelChoice } from '../encoder/model-choice.ts';
import { createOnnxEncoder, type OnnxEncoderOptions } from '../encoder/onnx-encoder.ts';
import type { OnnxRuntime } from '../encoder/onnx-session.ts';
import { setUpWasm } from '../encoder/wasm-runtime.ts';
import type { ModelCacheOptions } from './model-cache.ts';
import { callNatively, type NativeCalls } from './native-calls.ts';
import { createNodeReader } from './read-file.ts';

/** `model` and `tokenizer` may be paths, URLs or bytes. */
export interface NodeEncoderOptions extends ModelChoice, ModelCacheOptions {
  /**
   * `native` is the package `onnxruntime-node` (install it beside this one), `wasm` is `onnxruntime-web`.
   * Default `auto`: native where it can be loaded, and `status().encoder` says which it was and why.
   */
  readonly device?: 'auto' | 'native' | 'wasm';
  /** Threads that one run may use. Default 1. */
  readonly threads?: number;
  /**
   * `worker`, the default, encodes on a thread of its own: the event loop stays free, and a batch is decided while the
   * next one is encoded. `caller` encodes on the calling thread, which a batch of 32 blocks for 10 ms; it spares a
   * process its second thread and a lone query the way there and back (0.25 ms on two virtual cores). A thread of yours
   * that made an encoder must be ended by closing it first: `terminate()` in the middle of a native run aborts the
   * process (Node-API).
   */
  readonly thread?: 'worker' | 'caller';
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignalLike;
}

type Runtime = Pick<OnnxEncoderOptions, 'ort' | 'sessionOptions'> & {
  readonly describe: NonNullable<OnnxEncoderOptions['describe']>;
};

/** The encoder on the thread that calls this; `calls` are counted where others may end that thread. */
export async function createLocalEncoder(options: NodeEncoderOptions, calls?: NativeCalls): Promise<Encoder> {
  const { onProgress, signal } = options;
  const readFile = createNodeReader(options);
  return createOnnxEncoder({
    ...(await chooseModel(options, readFile, signal)),
    ...(await loadRuntime(options, calls)),
    readFile,
    soon: setImmediate,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
}

async function loadRuntime(
  { device = 'auto', threads: given }: NodeEncoderOptions,
  calls: NativeCalls | undefined,
): Promise<Runtime> {
  const threads = parseInteger(given, 'threads', 1, 1);
  switch (device) {
    case 'native':
      return loadNative(threads, calls);
    case 'wasm':
      return loadWasm(threads);
    case 'auto':
      try {
        return await loadNative(threads, calls);
      } catch (error) {
        const { describe, ...rest } = await loadWasm(threads);
        const note = [messageOf(error), describe.note].filter(Boolean).join(' ');
        return { ...rest, describe: { ...describe, note } };
      }
    default:
      throw new RouterError('INVALID_OPTION', `Expected \`device\` to be auto, native or wasm, got ${show(device)}.`);
  }
}

async function loadNative(threads: number, calls: NativeCalls | undefined): Promise<Runtime> {
  const ort = await callNatively(calls, () => import('onnxruntime-node')).catch((error: unknown) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    const advice = isMissing
      ? 'install it beside synaptoroute'
      : 'its binary wants another system or libraries: mend that';
    throw new RouterError(
      'UNSUPPORTED',
      `onnxruntime-node could not be loaded (${messageOf(error)}); ${advice}, for several times the speed of WASM.`,
      { cause: error },
    );
  });
  return {
    ort: calls ? countCalls(ort, calls) : ort,
    sessionOptions: { intraOpNumThreads: threads, interOpNumThreads: 1 },
    describe: { runtime: `onnxruntime-node ${ort.env.versions.node ?? ''}`, device: 'native', threads },
  };
}

function countCalls({ InferenceSession, Tensor }: OnnxRuntime, calls: NativeCalls): OnnxRuntime {
  return {
    Tensor,
    InferenceSession: {
      async create(model, options) {
        const session = await callNatively(calls, () => InferenceSession.create(model, options));
        const { inputNames, outputNames } = session;
        return {
          inputNames,
          outputNames,
          run: (feeds) => callNatively(calls, () => session.run(feeds)),
          release: () => callNatively(calls, () => session.release()),
        };
      },
    },
  };
}

async function loadWasm(threads: number): Promise<Runtime> {
  // Its build for Node. The one for browsers, `/wasm`, fetches the script of its threads, which Node does not from a disk.
  return setUpWasm(await import('onnxruntime-web'), threads);
}
