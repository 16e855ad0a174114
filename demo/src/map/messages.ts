/** Owns what passes between the map and its worker, as types; holds no code. */

export type Method = 'pca' | 'umap';

export type MapRequest =
  /** First, and once. `file` is what `exportFile()` gave. */
  | { readonly type: 'project'; readonly file: Uint8Array; readonly method: Method }
  | { readonly type: 'place'; readonly id: number; readonly vector: Float32Array };

export interface Projection {
  readonly method: Method;
  /** Names of routes that have utterances, in their order. */
  readonly routes: readonly string[];
  readonly texts: readonly string[];
  /** Of each text: its position in `routes`. */
  readonly owners: Uint32Array;
  /** Of each text: x and y, within [-1, 1], y upwards. */
  readonly positions: Float32Array;
  /** Share of the vectors' variance that the two axes hold, in [0, 1]; of `pca` alone. */
  readonly variance: number | undefined;
  readonly elapsedMs: number;
}

export interface Neighbour {
  /** Position in the projection's `texts`. */
  readonly index: number;
  /** Cosine. */
  readonly score: number;
}

export interface Placement {
  readonly x: number;
  readonly y: number;
  /** Nearest first. */
  readonly neighbours: readonly Neighbour[];
}

export type MapResponse =
  /** `done` in [0, 1]. */
  | { readonly type: 'progress'; readonly step: string; readonly done: number }
  | { readonly type: 'projected'; readonly projection: Projection }
  | { readonly type: 'placed'; readonly id: number; readonly placement: Placement }
  | { readonly type: 'failed'; readonly message: string };
