import type { DecisionOptions, ModelRouter } from '../../core/types.ts';
import type { ModelChoice } from '../../encoder/model-choice.ts';
import type { OpenListeners } from '../../rpc/server.ts';

export interface SeatOptions {
  readonly name: string;
  /** What this tab opens, unless another is set. */
  readonly model: ModelChoice;
  /** How this tab decides. */
  readonly deciding: DecisionOptions;
  /** Opens model and storage, in the tab that leads. */
  readonly open: (model: ModelChoice, listener: OpenListeners) => Promise<ModelRouter>;
  readonly listener: OpenListeners;
  /** Loads what `open` will need and what is no model, in the tab that is next to lead, until it leads. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  /** Whether the storage can be opened while a leader that stands still has it, and lets that one write no more. */
  readonly canTakeOver: () => Promise<boolean>;
}

/** The router of one leader, for as long as it leads. */
export interface Session {
  readonly role: 'leader' | 'follower';
  readonly router: ModelRouter;
  /** Resolves when its leader is gone, or has resigned; rejects with `TIMEOUT` when it stands still. */
  readonly ended: Promise<void>;
  /** Whether this tab led, and does no more. */
  readonly isDeposed?: () => boolean;
}
