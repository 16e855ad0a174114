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
