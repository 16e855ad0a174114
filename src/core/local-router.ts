/** Owns what only a router in one's own thread can do, as types; holds no code. */

import type { RecoveryOptions } from './stored.ts';
import type { CallOptions, Encoder, MutationReceipt, Router } from './types.ts';

export interface SetEncoderOptions extends CallOptions {
  readonly onReencode?: RecoveryOptions['onReencode'];
}

/** A router in this thread, whose encoder can be changed. */
export interface LocalRouter extends Router {
  /**
   * Encodes every text anew, in the background, and then changes over at once: until then the old encoder answers, and
   * a failure or an abort changes nothing. The encoders stay the caller's; the old one may be closed when this resolves.
   */
  setEncoder(encoder: Encoder, options?: SetEncoderOptions): Promise<MutationReceipt>;
}
