/** Owns the words for what is kept, and the port to what keeps it, as types; holds no code. */

import type { StorageStatus } from './status.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** JSON data that a route carries and a decision gives back. */
export type Metadata = Readonly<Record<string, JsonValue>>;

/** What makes the vectors of two encoders comparable, or not. */
export interface EncoderIdentity {
  readonly id: string;
  readonly dimensions: number;
}

/** One utterance with its vector. */
export interface EmbeddedUtterance {
  readonly text: string;
  readonly vector: Float32Array;
}

/** One utterance as storage gave it back. */
export interface StoredUtterance extends EmbeddedUtterance {
  /** Why `vector` cannot be trusted, naming where it lies; its text can. Absent: it can. */
  readonly damage?: string;
}

/** One route as storage keeps it; an absent threshold stays absent. */
export interface StoredRoute {
  readonly name: string;
  readonly utterances: readonly StoredUtterance[];
  /** Sentences that look like the route's and are not. Absent: none. */
  readonly negatives?: readonly StoredUtterance[];
  readonly threshold?: number;
  readonly metadata?: Metadata;
}

/** Different texts, which may be made when they are first asked for: an opening that needs none is spared them. */
export interface TextList {
  readonly length: number;
  /** All of them, in order. */
  read(): readonly string[];
}

/** One route with the texts of its utterances; their vectors come apart. */
export interface RouteTexts extends Omit<StoredRoute, 'utterances' | 'negatives'> {
  readonly utterances: TextList;
  /** Absent: none. */
  readonly negatives?: TextList;
}

/** All that a storage holds. */
export interface StoredState {
  /** Whose vectors these are. */
  readonly encoder: EncoderIdentity;
  /** In the order in which they were added. */
  readonly routes: readonly StoredRoute[];
  /** What was learnt from these vectors, opaque to storages. Absent: nothing. */
  readonly fit?: Uint8Array;
}

/** Takes what a storage holds piece by piece, so that no vector is in memory twice. */
export interface StateSink {
  /** May come before `begin`, once: how many texts there are. Memory for them is made ready meanwhile. */
  expect(textCount: number): void;
  /**
   * Comes once. Texts have numbers from here on: from 0, route by route, a route's negatives behind its utterances.
   * False: these vectors are of no use, and none needs to be read.
   */
  begin(state: {
    readonly encoder: EncoderIdentity;
    readonly routes: readonly RouteTexts[];
    readonly fit?: Uint8Array;
  }): boolean;
  /** To be awaited before texts are `put` whose numbers are below `end`; `undefined` where they may be at once. */
  ready(end: number): Promise<void> | undefined;
  /**
   * Vectors, row-major, of the texts from number `first` on; they are copied. In any order.
   * @param seals for each vector a seed, and the checksum (`checksum.ts`) that its words have with it
   * @returns whether each of them has that checksum, and is of unit length or zero
   */
  put(first: number, vectors: Float32Array, seals?: Uint32Array): boolean;
}

/** One change of what is stored, complete: applying it needs nothing but itself and the state before. */
export type Mutation =
  | { readonly type: 'add-route'; readonly route: StoredRoute }
  | { readonly type: 'remove-route'; readonly name: string }
  | { readonly type: 'add-utterances'; readonly name: string; readonly utterances: readonly EmbeddedUtterance[] }
  | { readonly type: 'remove-utterances'; readonly name: string; readonly texts: readonly string[] }
  | { readonly type: 'add-negatives'; readonly name: string; readonly utterances: readonly EmbeddedUtterance[] }
  | { readonly type: 'remove-negatives'; readonly name: string; readonly texts: readonly string[] }
  | { readonly type: 'set-threshold'; readonly name: string; readonly threshold: number | undefined }
  | { readonly type: 'set-fit'; readonly fit: Uint8Array | undefined }
  /** These routes, of this encoder, in place of everything; without a fit. */
  | { readonly type: 'replace-all'; readonly encoder: EncoderIdentity; readonly routes: readonly StoredRoute[] };

/** The durable truth; the index is derived from it. */
export interface Storage {
  /**
   * Everything that is stored; first of all calls, and again whenever the router asks what the truth is. A storage
   * without routes that nobody else has open becomes this encoder's; any other says whose it is, and the router decides.
   */
  load(encoder: EncoderIdentity): Promise<StoredState>;
  /**
   * What `load` gives, into a sink; worth having where there are many vectors. Resolves to whether the sink was given
   * every vector, each as it was written; where it was not, `load` tells what is wrong. Absent: `load` is asked at once.
   */
  stream?(encoder: EncoderIdentity, sink: StateSink): Promise<boolean>;
  /** Applies all of the mutations, in order, or none of them; resolves when they are durable. */
  apply(mutations: readonly Mutation[]): Promise<void>;
  status(): StorageStatus;
  close(): Promise<void>;
}

/** How far the stored texts have been encoded anew. */
export interface ReencodeProgress {
  readonly encodedTexts: number;
  readonly totalTexts: number;
}

/** What becomes of stored vectors that cannot be used as they are. */
export interface RecoveryOptions {
  /**
   * Where another encoder made the stored vectors: `fail`, the default, is `ENCODER_MISMATCH`; `reencode` makes them
   * again from their texts. The old ones stay stored until the new set is complete.
   */
  readonly onMismatch?: 'fail' | 'reencode';
  /** Where stored vectors are damaged: `fail`, the default, is `STORAGE_CORRUPT`; `reencode` makes those again. */
  readonly onCorrupt?: 'fail' | 'reencode';
  readonly onReencode?: (progress: ReencodeProgress) => void;
}
