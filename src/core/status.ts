/** Owns what the router says of itself, as types; holds no code. */

import type { FitStatus } from './fit/types.ts';

export type Device = 'native' | 'wasm' | 'webgpu' | 'remote' | 'unknown';

/** What a device took on this machine, least of several runs. */
export interface DeviceReading {
  readonly device: Device;
  readonly threads: number;
  /** A text of ten words. */
  readonly oneTextMs: number;
  /** 32 such texts in one run. */
  readonly batchMs: number;
}

/** What loading an encoder took, in milliseconds; files and runtime come side by side. */
export interface LoadingTimes {
  /** Reading or downloading the model's files. */
  readonly filesMs: number;
  /** Loading and compiling the runtime itself. */
  readonly runtimeMs: number;
  /** Making the session and hashing the files, side by side. */
  readonly sessionMs: number;
  readonly firstRunMs: number;
}

/** Where and how an encoder runs, for people and logs. */
export interface EncoderStatus {
  readonly id: string;
  readonly dimensions: number;
  /** For instance `onnxruntime-node 1.30.0` or `onnxruntime-web 1.30.0`. */
  readonly runtime: string;
  /** Of a run of one text. */
  readonly device: Device;
  /** Of a run of 32, where the two may differ. */
  readonly batchDevice?: Device;
  readonly loading?: LoadingTimes;
  /** Where devices were measured to choose between them: what each took. */
  readonly measured?: readonly DeviceReading[];
  /** Threads that a run of one text may use; 1 where the page is not cross-origin isolated. */
  readonly threads: number;
  /** Of a run of 32, where the two may differ. */
  readonly batchThreads?: number;
  /** Why this runtime and not a faster one, where there was a choice. */
  readonly note?: string;
  /** `worker`: on a thread of its own. Absent: on the router's thread, or not told. */
  readonly thread?: 'worker';
  /** Why it encodes nothing now, and when it is tried again. */
  readonly failure?: string;
  /** How often its thread was lost and runs again. */
  readonly restarts?: number;
}

export interface StorageStatus {
  /** For instance `memory`, `better-sqlite3`, `wa-sqlite/opfs`. */
  readonly kind: string;
  /** Whether the routes outlive the process. */
  readonly persistent: boolean;
  /** Of a browser: whether `navigator.storage.persist()` was granted, so that the origin is not cleared under pressure. */
  readonly persisted?: boolean;
  /** Of a browser: bytes that the origin uses in all, and may use. */
  readonly usedBytes?: number;
  readonly quotaBytes?: number;
}

/** Of the last thousand; `null` before the first. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** How single queries met in time. */
export interface BatchingStatus {
  /** How many runs took so many queries: `sizes[n]` runs of `n`. */
  readonly sizes: readonly number[];
  /** From a query's arrival to the start of its run, and the run itself, without the decisions. */
  readonly waitMs: Percentiles | null;
  readonly runMs: Percentiles | null;
  /** Queries refused with `QUEUE_FULL`, and those that were aborted or timed out. */
  readonly shed: number;
  readonly aborted: number;
}

export interface IndexStatus {
  /** `js` where WASM SIMD is missing: the same answers, several times slower. */
  readonly kernel: 'wasm-simd' | 'js';
  /** Memory that the vectors and searches have taken. */
  readonly byteLength: number;
}

export interface RouterStatus {
  readonly encoder: EncoderStatus;
  readonly storage: StorageStatus;
  /** Routes and utterances in the index. */
  readonly routes: number;
  readonly utterances: number;
  /** Number of the latest mutation, and of the latest durable one. */
  readonly revision: number;
  readonly durableRevision: number;
  /**
   * Why memory holds changes that storage does not: the write that failed, and with it every later one. `null` while
   * they agree, or will; `reload()` returns to that.
   */
  readonly writeFailure: string | null;
  /** Queries that wait for their encoder run now. */
  readonly queued: number;
  /** Queries decided so far, single or many. */
  readonly queries: number;
  /** Encoder runs that single queries shared so far. */
  readonly queryRuns: number;
  /** Where tabs share the routes: whether this tab's worker holds them, or asks the one that does. */
  readonly tab?: 'leader' | 'follower';
  readonly batching: BatchingStatus;
  readonly index: IndexStatus;
  readonly fit: FitStatus;
}

/** How far one file has come. */
export interface FileProgress {
  readonly name: string;
  readonly loadedBytes: number;
  readonly totalBytes: number | undefined;
}

/** How far the encoder's files have come. */
export interface LoadProgress {
  readonly loadedBytes: number;
  /** `undefined` until every server has said how long its file is. */
  readonly totalBytes: number | undefined;
  /** The file whose bytes came last. */
  readonly file?: FileProgress;
}
