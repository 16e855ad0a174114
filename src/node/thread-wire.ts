/** Owns the messages between an encoder's caller and its thread. */

import type { ErrorRecord } from '../core/errors.ts';
import type { EncodeOptions, Encoder, EncoderStatus, Encoding, LoadProgress } from '../core/types.ts';
import type { NativeCalls } from './native-calls.ts';

/** Each call is answered once, by its id. */
export type ToThread =
  | {
      readonly type: 'encode';
      readonly id: number;
      readonly texts: readonly string[];
      readonly kind: EncodeOptions['kind'];
    }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }
  /** The thread is to end itself, for it knows when no native call is under way. */
  | { readonly type: 'end' };

/** What a thread is started with. */
export interface ThreadStart {
  /** The options of its encoder, without what cannot be sent. */
  readonly config: object;
  readonly calls: NativeCalls;
}

/** What is said of an encoder when it is there. */
export interface EncoderFacts extends Pick<Encoder, 'id' | 'dimensions' | 'defaultThreshold'> {
  readonly status: EncoderStatus;
}

export type FromThread =
  | { readonly type: 'progress'; readonly progress: LoadProgress }
  | { readonly type: 'opened'; readonly facts: EncoderFacts }
  | { readonly type: 'encoded'; readonly id: number; readonly encoding: Encoding }
  | { readonly type: 'closed'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: ErrorRecord };

/** The id of a failure to open. */
export const OPENING = 0;
