/** Owns the choice of what trains: WASM SIMD compiled from train.as.ts where the platform has it, its JavaScript twin where not. */

import { RouterError, messageOf } from '../errors.ts';
import { createJsTraining } from './train-js.ts';
import { TRAIN_WASM } from './train-wasm.ts';
import type { CompiledModule, KernelChoice, KernelMemory, TrainExports, TrainKernel, TrainLayout } from './types.ts';
import { compileModule, createMemory, instantiateModule } from './wasm.ts';

const PAGE_BYTES = 65_536;

/**
 * A kernel with a zeroed memory of its own, gone with it. Throws `UNSUPPORTED` for a module that is not this kernel's,
 * `CAPACITY` where the platform has not that much memory.
 */
export function createTrainKernel(layout: TrainLayout, byteLength: number, choice: KernelChoice = 'auto'): TrainKernel {
  const module = choice === 'auto' ? compileModule(TRAIN_WASM) : choice === 'js' ? undefined : choice;
  try {
    return module ? instantiate(module, layout, byteLength) : createJsTraining(layout, new ArrayBuffer(byteLength));
  } catch (cause) {
    if (cause instanceof RouterError) throw cause;
    throw new RouterError(
      'CAPACITY',
      `Reserving ${byteLength} bytes to train a head failed: ${messageOf(cause)}; train with fewer routes or dimensions.`,
      { cause },
    );
  }
}

function instantiate(module: CompiledModule, layout: TrainLayout, byteLength: number): TrainKernel {
  const pages = Math.ceil(byteLength / PAGE_BYTES);
  const memory: KernelMemory = createMemory(pages, pages);
  const wanted = 'pass the one compiled from train.as.ts of the same release.';
  const train = instantiateModule(module, memory, wanted) as TrainExports;
  train.setLayout(
    layout.paddedDimensions,
    layout.classes,
    layout.batch,
    layout.batchStride,
    layout.weights,
    layout.biases,
    layout.errors,
    layout.sampleWeights,
    layout.labels,
    layout.listed,
  );
  return { kind: 'wasm-simd', buffer: memory.buffer, train };
}
