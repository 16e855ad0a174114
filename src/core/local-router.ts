/** Owns what only a router in one's own thread can do, as types; holds no code. */

import type { RecoveryOptions } from './stored.ts';
import type { CallOptions, Encoder, MutationReceipt, Router } from './types.ts';

export interface SetEncoderOptions extends CallOptions {
  readonly onReencode?: RecoveryOptions['onReencode'];
}

export interface SetEncoderReceipt extends MutationReceipt {
  /** Resolves when the old encoder has answered what it was asked before, and may be closed. */
  readonly retired: Promise<void>;
}

/** A router in this thread, whose encoder can be changed. */
export interface LocalRouter extends Router {
  /**
   * Encodes every text anew, in the background, and then changes over at once: until then the old encoder answers, and
   * a failure or an abort changes nothing. The encoders stay the caller's.
   */
  setEncoder(encoder: Encoder, options?: SetEncoderOptions): Promise<SetEncoderReceipt>;
}
