/** Owns the choice of kernel: WASM SIMD compiled from scan.as.ts where the platform has it, its JavaScript twin where not. */

import { RouterError, messageOf } from '../errors.ts';
import { createJsKernel } from './js-kernel.ts';
import type { CompiledModule, Int8Exports, Kernel, KernelChoice, KernelExports, KernelMemory } from './types.ts';
import { SCAN_WASM } from './scan-wasm.ts';

interface WebAssemblyLike {
  Module: new (bytes: Uint8Array) => CompiledModule;
  Instance: new (module: CompiledModule, imports: object) => { readonly exports: object };
  Memory: new (limits: { readonly initial: number; readonly maximum: number }) => KernelMemory;
}

declare const WebAssembly: WebAssemblyLike | undefined;
declare const atob: (base64: string) => string;

/** 4 GiB, the most that 32-bit addresses reach; devices that cannot reserve so much get less. */
const MAXIMUM_PAGES: readonly number[] = [65_536, 32_768, 16_384, 4_096];

let compiled: CompiledModule | undefined;

/** A kernel with a memory of its own. Throws `UNSUPPORTED` for a module that is not this kernel's. */
export function createKernel(choice: KernelChoice = 'auto'): Kernel {
  if (choice === 'js') return createJsKernel();
  if (choice !== 'auto') return instantiate(choice);
  const module = compile();
  return module ? instantiate(module) : createJsKernel();
}

/** `undefined` where WASM or its SIMD is missing, or compiling is forbidden. */
function compile(): CompiledModule | undefined {
  try {
    if (typeof WebAssembly === 'undefined') return undefined;
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(SCAN_WASM), (character) => character.charCodeAt(0)));
    return compiled;
  } catch {
    return undefined;
  }
}

function instantiate(module: CompiledModule): Kernel {
  const memory = reserveMemory();
  try {
    const { exports } = new (WebAssembly as WebAssemblyLike).Instance(module, { env: { memory } });
    return { kind: 'wasm-simd', memory, scan: exports as KernelExports, int8: exports as Int8Exports };
  } catch (cause) {
    throw new RouterError(
      'UNSUPPORTED',
      `Got a module as \`kernel\` that could not be used: ${messageOf(cause)}; import it from synaptoroute/kernel.wasm of the same release.`,
      { cause },
    );
  }
}

function reserveMemory(): KernelMemory {
  const { Memory } = WebAssembly as WebAssemblyLike;
  let failure: unknown;
  for (const maximum of MAXIMUM_PAGES) {
    try {
      return new Memory({ initial: 1, maximum });
    } catch (error) {
      failure = error;
    }
  }
  throw new RouterError(
    'CAPACITY',
    `Reserving memory for the index failed: ${messageOf(failure)}; close routers that are no longer used.`,
    { cause: failure },
  );
}
