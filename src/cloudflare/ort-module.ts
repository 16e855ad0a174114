/** Owns how ONNX Runtime comes by its WASM where compiling at run time is forbidden: as a module that was imported. */

import * as ort from 'onnxruntime-web/wasm';
import ortModule from 'onnxruntime-web/ort-wasm-simd-threaded.wasm';
import { setUpWasm } from '../encoder/wasm-runtime.ts';

type Instantiate = (source: unknown, imports?: WebAssembly.Imports) => Promise<unknown>;

/** Bytes that are no WASM; ONNX Runtime, which has no option for a compiled module, passes them to `instantiate`. */
const MARKER: Uint8Array = new TextEncoder().encode('synaptoroute:ort');

let isInstalled = false;

/** ONNX Runtime in one thread, for `createOnnxEncoder`. */
export function loadOrt(): ReturnType<typeof setUpWasm> {
  if (!isInstalled) install();
  return setUpWasm(ort, 1);
}

/** Until ONNX Runtime has asked for its instance, once; every other call passes through. */
function install(): void {
  isInstalled = true;
  ort.env.wasm.wasmBinary = MARKER;
  const wasm = WebAssembly as { instantiate: Instantiate };
  const original = wasm.instantiate;
  wasm.instantiate = async (source, imports) => {
    if (!isMarker(source)) return original.call(WebAssembly, source, imports);
    wasm.instantiate = original;
    return { module: ortModule, instance: new WebAssembly.Instance(ortModule, imports) };
  };
}

function isMarker(source: unknown): boolean {
  return (
    source instanceof Uint8Array && source.length === MARKER.length && source.every((byte, i) => byte === MARKER[i])
  );
}
