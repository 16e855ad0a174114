/** Owns how ONNX Runtime's WASM is set up, in a worker as in Node, and what is true of it. */

import type { OnnxEncoderOptions } from './onnx-encoder.ts';
import type { OnnxRuntime } from './onnx-session.ts';

/** What is used of `onnxruntime-web/wasm`. */
interface WasmOnnxRuntime extends OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number }; readonly versions: { readonly web?: string } };
}

/** Of the runtime in this thread; it reads the setting once, when its first session starts. */
let threadsInUse: number | undefined;

/** The runtime with the threads that it really has: the first caller's wish, for it cannot be changed later. */
export function setUpWasm(
  ort: WasmOnnxRuntime,
  wanted: number,
): Pick<OnnxEncoderOptions, 'ort'> & {
  readonly describe: NonNullable<OnnxEncoderOptions['describe']>;
} {
  threadsInUse ??= wanted;
  ort.env.wasm.numThreads = threadsInUse;
  const note = `started with ${threadsInUse} threads, which cannot become ${wanted} in the same thread`;
  return {
    ort,
    describe: {
      runtime: `onnxruntime-web ${ort.env.versions.web ?? ''}`,
      device: 'wasm',
      threads: threadsInUse,
      ...(threadsInUse !== wanted && { note }),
    },
  };
}
