/** Owns WebAssembly as core sees it: the three constructors that kernels need, typed structurally, and how text becomes a module. */

import { RouterError, messageOf } from '../errors.ts';
import type { CompiledModule, KernelMemory } from './types.ts';

interface WebAssemblyLike {
  Module: new (bytes: Uint8Array) => CompiledModule;
  Instance: new (module: CompiledModule, imports: object) => { readonly exports: object };
  Memory: new (limits: { readonly initial: number; readonly maximum: number }) => KernelMemory;
}

declare const WebAssembly: WebAssemblyLike | undefined;
declare const atob: (base64: string) => string;

const compiled = new Map<string, CompiledModule>();

/** Compiles once for each text; `undefined` where WASM or its SIMD is missing, or compiling is forbidden. */
export function compileModule(base64: string): CompiledModule | undefined {
  try {
    if (typeof WebAssembly === 'undefined') return undefined;
    const module =
      compiled.get(base64) ??
      new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    compiled.set(base64, module);
    return module;
  } catch {
    return undefined;
  }
}

/** The functions of a kernel's module. Throws `UNSUPPORTED` for a module that is not that kernel's; `wanted` says which is. */
export function instantiateModule(module: CompiledModule, memory: KernelMemory, wanted: string): object {
  try {
    return new (WebAssembly as WebAssemblyLike).Instance(module, { env: { memory } }).exports;
  } catch (cause) {
    throw new RouterError(
      'UNSUPPORTED',
      `Got a module as \`kernel\` that could not be used: ${messageOf(cause)}; ${wanted}`,
      { cause },
    );
  }
}

/** Memory for a kernel. Throws what the platform throws where it has not that much. */
export function createMemory(initial: number, maximum: number): KernelMemory {
  return new (WebAssembly as WebAssemblyLike).Memory({ initial, maximum });
}
