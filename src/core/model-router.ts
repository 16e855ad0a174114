/** Owns what a router can do whose encoder is made beside it, from a choice that can be sent, as types; holds no code. */

import type { ReencodeProgress } from './stored.ts';
import type { CallOptions, LoadProgress, MutationReceipt, Router } from './types.ts';

/** How far a change of the model has come: first its files are loaded, then the routes' texts are encoded. */
export type ModelProgress =
  ({ readonly step: 'load' } & LoadProgress) | ({ readonly step: 'encode' } & ReencodeProgress);

export interface SetModelOptions extends CallOptions {
  readonly onProgress?: (progress: ModelProgress) => void;
}

/** A router that makes its encoder itself, and can make another. */
export interface ModelRouter<Choice = unknown> extends Router {
  /**
   * Loads another model and encodes every text anew, in the background, and then changes over at once: until then the old
   * model answers, and a failure or an abort changes nothing. What was fitted is dropped. Rejects with what opening a model
   * rejects with, `ENCODER_FAILED`, `ABORTED`, `TIMEOUT`, and `UNSUPPORTED` where the other side cannot.
   */
  setModel(choice: Choice, options?: SetModelOptions): Promise<MutationReceipt>;
}
