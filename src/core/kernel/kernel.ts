/** Owns the choice of kernel: WASM SIMD compiled from scan.as.ts where the platform has it, its JavaScript twin where not. */

import { RouterError, messageOf } from '../errors.ts';
import { createJsKernel } from './js-kernel.ts';
import type { CompiledModule, Int8Exports, Kernel, KernelChoice, KernelExports, KernelMemory } from './types.ts';
import { SCAN_WASM } from './scan-wasm.ts';
import { compileModule, createMemory, instantiateModule } from './wasm.ts';

/** 4 GiB, the most that 32-bit addresses reach; devices that cannot reserve so much get less. */
const MAXIMUM_PAGES: readonly number[] = [65_536, 32_768, 16_384, 4_096];

/** A kernel with a memory of its own. Throws `UNSUPPORTED` for a module that is not this kernel's. */
export function createKernel(choice: KernelChoice = 'auto'): Kernel {
  if (choice === 'js') return createJsKernel();
  if (choice !== 'auto') return instantiate(choice);
  const module = compileModule(SCAN_WASM);
  return module ? instantiate(module) : createJsKernel();
}

function instantiate(module: CompiledModule): Kernel {
  const memory = reserveMemory();
  const exports = instantiateModule(module, memory, 'import it from synaptoroute/kernel.wasm of the same release.');
  return { kind: 'wasm-simd', memory, scan: exports as KernelExports, int8: exports as Int8Exports };
}

function reserveMemory(): KernelMemory {
  let failure: unknown;
  for (const maximum of MAXIMUM_PAGES) {
    try {
      return createMemory(1, maximum);
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
