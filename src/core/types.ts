/** Owns the vocabulary of the router as types; holds no code. */

import type { KernelChoice } from './kernel/types.ts';
import type { DecisionOptions } from './decision-options.ts';
import type { Populate } from './population.ts';
import type { FitOptions, FitReport } from './fit/types.ts';
import type { Feedback, FeedbackOptions, RouterReports } from './report-types.ts';
import type { EncoderStatus, RouterStatus } from './status.ts';
import type { Metadata, RecoveryOptions, Storage } from './stored.ts';

export type { KernelChoice } from './kernel/types.ts';
export type * from './decision-options.ts';
export type * from './fit/types.ts';
export type * from './local-router.ts';
export type * from './model-router.ts';
export type * from './report-types.ts';
export type * from './status.ts';
export type * from './stored.ts';

/** What a caller needs of an `AbortSignal`; every real one fits. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** A named intent with the sentences that show what it means. */
export interface Route {
  /** 1 to 64 of `A-Z a-z 0-9 _ -`, unique in the router. */
  readonly name: string;
  /** At least one example sentence. Trimmed; exact duplicates are dropped. */
  readonly utterances: readonly string[];
  /**
   * Sentences that look like the route's and are not: a query that is nearer to one of them than to any utterance does
   * not go to the route. At most as long as utterances; trimmed, exact duplicates are dropped. Default: none.
   */
  readonly negatives?: readonly string[];
  /**
   * The least score with which the route may win, compared with `>=`, in [-1, 1]. 0 is a value. Absent: learnt from
   * how the routes' own utterances score (see `RouteSnapshot.thresholdFrom`).
   */
  readonly threshold?: number;
  /** Copied and frozen when the route is added. */
  readonly metadata?: Metadata;
}

/** One route as it stands in the router; `threshold` is the one in force. */
export interface RouteSnapshot {
  readonly name: string;
  readonly utterances: readonly string[];
  /** Absent: none. */
  readonly negatives?: readonly string[];
  readonly threshold: number;
  /** Who set it: the route itself, what the routes' utterances taught, a fit, or the encoder's `defaultThreshold`. */
  readonly thresholdFrom: 'route' | 'calibration' | 'fit' | 'encoder';
  readonly metadata?: Metadata;
}

/** One route's standing for one query. */
export interface Candidate {
  readonly route: string;
  /** How near the query is by the router's rule, in [-1, 1]; higher is nearer. */
  readonly score: number;
  readonly threshold: number;
  /** `score >= threshold`, and no negative of the route is nearer than its utterances. */
  readonly passed: boolean;
  /** The text of the route's utterance that is nearest to the query. */
  readonly utterance: string;
  /** The route's negative that is nearer than any of its utterances, and keeps it from passing. Absent: none. */
  readonly negative?: string;
}

interface DecisionBase {
  /**
   * The winner's score less the best score of any other route; of the two best candidates where
   * nothing won; `null` with fewer than two routes. Negative where a stricter route scored higher
   * and missed its own threshold.
   */
  readonly margin: number | null;
  /**
   * The probability, in [0, 1], that the best candidate is right, if the text belongs to one of the routes; calibrated on
   * the routes' own utterances. `null` without routes.
   */
  readonly confidence: number | null;
  /**
   * Every route, best first: by score, or where a fit picks the route by what it prefers (`ExplainedCandidate.preference`);
   * equals in the order in which the routes were added.
   */
  readonly candidates: readonly Candidate[];
  /** The query was longer than the encoder reads, and its end was not read. */
  readonly truncated: boolean;
  readonly encoderId: string;
}

/** A route won. */
export interface MatchedDecision extends DecisionBase {
  readonly reason: 'matched';
  readonly route: string;
  readonly score: number;
  readonly threshold: number;
  /** The winner's utterance that is nearest to the query. */
  readonly utterance: string;
  readonly confidence: number;
  readonly metadata?: Metadata;
}

/** No route won. */
export interface UnmatchedDecision extends DecisionBase {
  readonly reason: 'below-threshold' | 'ambiguous' | 'no-routes';
  readonly route: null;
  /** Score, threshold and utterance of the best candidate, which missed; `null` without routes. */
  readonly score: number | null;
  readonly threshold: number | null;
  readonly utterance: string | null;
  /** The routes that passed and came as near as each other, best first, where the reason is `ambiguous`; else empty. */
  readonly tied: readonly string[];
}

/** What `query` answers: the route, or none with the reason, and everything that was weighed. */
export type Decision = MatchedDecision | UnmatchedDecision;

/** The vectors of some texts. */
export interface Encoding {
  /** Row-major, `texts.length x dimensions`, each row of unit length; a text without content is a row of zeros. */
  readonly vectors: Float32Array;
  /** Positions of the texts whose end the encoder did not read, ascending. Absent: none. */
  readonly truncated?: readonly number[];
}

/** What the texts of a run are: some models want a query and what it is compared with told apart. */
export type TextKind = 'query' | 'utterance';

export interface EncodeOptions {
  /** Of every text of the run. Default `query`. */
  readonly kind?: TextKind;
  readonly signal?: AbortSignalLike;
}

/** Text to vectors. */
export interface Encoder {
  /** Equal ids mean comparable vectors: a fingerprint of model file, tokenizer, pooling and prefixes; not of the device. */
  readonly id: string;
  readonly dimensions: number;
  /** The threshold of a route that names none. */
  readonly defaultThreshold: number;
  /**
   * Encodes on another thread or machine: it gets the next batch before the last one is decided, and a full one while
   * the last one is encoded. Default `false`: after.
   */
  readonly offThread?: boolean;
  encode(texts: readonly string[], options?: EncodeOptions): Promise<Encoding>;
  status?(): EncoderStatus;
  close?(): Promise<void>;
}

/** A change's two acknowledgements: it is in memory when you hold this, and on disk when `durable` resolves. */
export interface MutationReceipt {
  /** Counts the mutations of this router since it opened; this one's number. */
  readonly revision: number;
  /** Added utterances that were longer than the encoder reads; their ends count for nothing. */
  readonly truncated: readonly string[];
  /** Resolves when storage holds the change; rejects with `STORAGE_FAILED` where it could not. */
  readonly durable: Promise<void>;
}

/** Time, passed in so that tests need not wait. Milliseconds. */
export interface Clock {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Runs `callback` after the events that are already waiting, as soon as the platform can. */
  soon(callback: () => void): void;
}

export interface BatchOptions {
  /** The most milliseconds that a query waits for others to share its encoder run. Default 2; 0 never waits. */
  readonly maxWaitMs?: number;
  /** The most texts in one encoder run. Default 32. */
  readonly maxBatchSize?: number;
  /** The most single queries without an answer at once; one more is `QUEUE_FULL`. So is a `queryMany` while so many texts of others have none. Default 10,000. */
  readonly maxQueueSize?: number;
  /**
   * How many queries' vectors are remembered, so that the same text again needs no encoder run. Each takes
   * 4 bytes a dimension. Default 0.
   */
  readonly cacheSize?: number;
}

export interface RouterOptions extends RecoveryOptions, DecisionOptions {
  readonly encoder: Encoder;
  readonly storage: Storage;
  readonly batch?: BatchOptions;
  readonly clock?: Clock;
  /**
   * What searches the vectors. `auto`, the default, is WASM SIMD, or its JavaScript twin where that is missing;
   * `status().index.kernel` says which. A compiled module is for platforms that compile nothing at run
   * time: `import kernel from 'synaptoroute/kernel.wasm'`. A module of another release is `UNSUPPORTED`.
   */
  readonly kernel?: KernelChoice;
  /** How the platform gives memory its pages ahead of use. Absent: each comes when it is first touched. */
  readonly populate?: Populate;
  /**
   * Reads the words of stored routes and learns thresholds in spare time after opening, most of it 10 ms at a time and
   * until something changes, and leaves neither to the first query. Default false; the presets for Node and for pages do.
   */
  readonly warmUp?: boolean;
  /** Gives up opening, at once where texts are encoded anew; nothing stored is changed then. */
  readonly signal?: AbortSignalLike;
}

export interface CallOptions {
  /**
   * An aborted call rejects at once with `ABORTED`, or `TIMEOUT` for `AbortSignal.timeout()`; a query
   * leaves its batch, a mutation that is not applied yet never will be.
   */
  readonly signal?: AbortSignalLike;
  /** The same after so many milliseconds, with `TIMEOUT`. Default: no limit. */
  readonly timeoutMs?: number;
}

export interface EncodeTextsOptions extends CallOptions {
  /** As what the texts are encoded. Default `query`. */
  readonly kind?: TextKind;
}

export interface ImportOptions extends CallOptions, Pick<RecoveryOptions, 'onMismatch'> {}

export interface CloseOptions {
  /** What becomes of queries and mutations that wait: `reject` (the default) with `CLOSED`, or `drain`: answered first. */
  readonly pending?: 'reject' | 'drain';
}

/** Answers which route a text belongs to. The same in Node, in a page and behind a port. */
export interface Router extends RouterReports, AsyncDisposable {
  /** Adds a route. Rejects with `INVALID_ROUTE` where it is malformed, `ROUTE_EXISTS` where its name is taken. */
  addRoute(route: Route, options?: CallOptions): Promise<MutationReceipt>;
  /** Removes a route. Rejects with `ROUTE_NOT_FOUND`. */
  removeRoute(name: string): Promise<MutationReceipt>;
  /** Adds the sentences that the route does not have yet. */
  addUtterances(name: string, utterances: readonly string[], options?: CallOptions): Promise<MutationReceipt>;
  /** Removes sentences; all must exist, and one must remain. Else `INVALID_ROUTE`, and nothing is changed. */
  removeUtterances(name: string, utterances: readonly string[]): Promise<MutationReceipt>;
  /** Adds sentences that are not the route's. One that is an utterance of the route is `INVALID_ROUTE`. */
  addNegatives(name: string, negatives: readonly string[], options?: CallOptions): Promise<MutationReceipt>;
  /** Removes negatives; all must exist. Else `INVALID_ROUTE`, and nothing is changed. */
  removeNegatives(name: string, negatives: readonly string[]): Promise<MutationReceipt>;
  /** Sets a route's threshold; `undefined` returns it to the one that is learnt. */
  setThreshold(name: string, threshold: number | undefined): Promise<MutationReceipt>;
  /** The routes as they stand, in the order in which they were added. */
  routes(): Promise<readonly RouteSnapshot[]>;
  /** Decides one text. Queries that are near in time share one encoder run. */
  query(text: string, options?: CallOptions): Promise<Decision>;
  /**
   * Decides many texts, in order; any number, in encoder runs of `maxBatchSize`, and in slices between which single queries
   * and changes go first.
   */
  queryMany(texts: readonly string[], options?: CallOptions): Promise<readonly Decision[]>;
  /**
   * The vectors of texts, in order, as decisions are made of them; any number, in encoder runs of `maxBatchSize`, and like
   * `queryMany` never in the way of single queries. Rejects with `INVALID_QUERY`, `INVALID_OPTION`, `ENCODER_FAILED`.
   */
  encode(texts: readonly string[], options?: EncodeTextsOptions): Promise<Encoding>;
  /**
   * Learns which route texts belong to: a trained head picks the route from then on, scores and thresholds still reject;
   * see `FitOptions`. All or nothing, seeded; other changes wait for it, queries do not. It is stored with the routes, and
   * `status().fit` says when they have changed too much for it. Rejects with `INVALID_OPTION`, `ROUTE_NOT_FOUND`,
   * `ABORTED`, `TIMEOUT`, `CAPACITY`; `UNSUPPORTED` for a rule other than `blend`.
   */
  fit(options?: FitOptions): Promise<FitReport>;
  /** Drops what was fitted. */
  dropFit(): Promise<MutationReceipt>;
  /**
   * Learns from what a user said is right. Where the answer was: nothing. Else the text becomes an utterance of the route
   * it belongs to, and a negative of the one that took it. `ROUTE_NOT_FOUND`; `INVALID_ROUTE` where nothing would remain.
   */
  feedback(text: string, options: FeedbackOptions): Promise<Feedback>;
  /** Resolves when every earlier mutation is durable; rejects with `STORAGE_FAILED` if one failed. */
  flush(): Promise<void>;
  /**
   * Puts what is stored in place of what is in memory, after every earlier change has been written or refused: ends
   * the disagreement that a failed write leaves (`status().writeFailure`). Encodes nothing.
   */
  reload(): Promise<void>;
  /** Everything stored, vectors included, as the bytes of one file, when every earlier change is durable. */
  exportFile(): Promise<Uint8Array>;
  /**
   * Puts an exported file in place of every route, whole or not at all. Rejects with `STORAGE_CORRUPT` for bytes that
   * are no whole export, `ENCODER_MISMATCH` for another encoder's vectors, `UNSUPPORTED` for a later release's form.
   */
  importFile(file: Uint8Array, options?: ImportOptions): Promise<MutationReceipt>;
  status(): Promise<RouterStatus>;
  /**
   * Rejects what waits with `CLOSED`, or answers it first; makes earlier mutations durable; frees what the router
   * made. Idempotent: the first call's options count.
   */
  close(options?: CloseOptions): Promise<void>;
}
