/** Owns what a kernel is, as types; holds no code. */

/** Memory that grows in place, 64 KiB a page; its buffer is another object after `grow`. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The functions of scan.as.ts, which documents them; addresses are bytes into `memory`. */
export interface KernelExports {
  readonly setLayout: (address: number, paddedDimensions: number) => void;
  readonly scanFloat: (
    rowCount: number,
    query: number,
    groups: number,
    count: number,
    scores: number,
    rows: number,
  ) => void;
  readonly quantizeRow: (row: number) => void;
  readonly takeRows: (
    first: number,
    count: number,
    length: number,
    seals: number,
    owners: number,
    tolerance: number,
  ) => number;
  readonly copyRow: (from: number, to: number) => void;
}

export interface Int8Exports {
  readonly scanInt8: (first: number, last: number, query: number, groups: number, count: number, state: number) => void;
  readonly scanInt8x4: (
    first: number,
    last: number,
    query: number,
    groups: number,
    count: number,
    state: number,
  ) => void;
  readonly pruneCandidates: (groups: number, count: number, state: number) => number;
  readonly scoreCandidates: (
    query: number,
    groups: number,
    count: number,
    state: number,
    scores: number,
    rows: number,
  ) => void;
}

export interface Kernel {
  readonly kind: 'wasm-simd' | 'js';
  readonly memory: KernelMemory;
  readonly scan: KernelExports;
  /** Missing in the JavaScript twin, where int8 gains nothing. */
  readonly int8: Int8Exports | undefined;
}

/** A compiled WebAssembly module, where the platform refuses to compile one at run time. */
export type CompiledModule = object;

/** `auto`: WASM SIMD, or its twin where that is missing. A module: exactly that one. */
export type KernelChoice = 'auto' | 'js' | CompiledModule;

/** Where training keeps its numbers, as byte addresses; train.as.ts says what lies there. */
export interface TrainLayout {
  /** Of a row of values, padded to a multiple of 32. */
  readonly paddedDimensions: number;
  /** Padded to an even number. */
  readonly classes: number;
  readonly batch: number;
  readonly batchStride: number;
  readonly weights: number;
  readonly biases: number;
  readonly errors: number;
  readonly sampleWeights: number;
  readonly labels: number;
  readonly listed: number;
}

/** The functions of train.as.ts, which documents them. */
export interface TrainExports {
  readonly setLayout: (
    paddedDimensions: number,
    classes: number,
    batch: number,
    batchStride: number,
    weights: number,
    biases: number,
    errors: number,
    sampleWeights: number,
    labels: number,
    listed: number,
  ) => void;
  readonly scoreBatch: () => void;
  readonly scoreErrors: (count: number) => void;
  readonly update: (count: number, decay: number, rate: number, correction: number, negligible: number) => void;
}

export interface TrainKernel {
  readonly kind: 'wasm-simd' | 'js';
  readonly buffer: ArrayBuffer;
  readonly train: Pick<TrainExports, 'scoreBatch' | 'scoreErrors' | 'update'>;
}
