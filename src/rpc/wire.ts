/** Owns everything that crosses between a router and its clients: the message unions and their version. */

import type { ErrorRecord, RouterErrorCode } from '../core/errors.ts';
import type {
  CloseOptions,
  Decision,
  Encoding,
  EvaluateProgress,
  Evaluation,
  Explanation,
  LintReport,
  Replay,
  RouteChange,
  RecoveryOptions,
  Route,
  RouterStatus,
  RouteSnapshot,
  FitFindings,
  FitOptions,
  ModelProgress,
  MutationReceipt,
  LabelledText,
  TextKind,
} from '../core/types.ts';

/** Raised with every change that an older peer would misread. */
export const WIRE_VERSION = 1;

/** One call of a `Router` method, without its signal: an abort is a message of its own. */
export type Call =
  | { readonly method: 'addRoute'; readonly args: readonly [route: Route] }
  | { readonly method: 'removeRoute'; readonly args: readonly [name: string] }
  | { readonly method: 'addUtterances'; readonly args: readonly [name: string, utterances: readonly string[]] }
  | { readonly method: 'removeUtterances'; readonly args: readonly [name: string, utterances: readonly string[]] }
  | { readonly method: 'addNegatives'; readonly args: readonly [name: string, negatives: readonly string[]] }
  | { readonly method: 'removeNegatives'; readonly args: readonly [name: string, negatives: readonly string[]] }
  | { readonly method: 'fit'; readonly args: readonly [options: Omit<FitOptions, 'signal' | 'timeoutMs'>] }
  | { readonly method: 'dropFit'; readonly args: readonly [] }
  | { readonly method: 'setThreshold'; readonly args: readonly [name: string, threshold: number | undefined] }
  | { readonly method: 'query'; readonly args: readonly [text: string] }
  | { readonly method: 'queryMany'; readonly args: readonly [texts: readonly string[]] }
  | { readonly method: 'encode'; readonly args: readonly [texts: readonly string[], kind: TextKind] }
  | { readonly method: 'explain'; readonly args: readonly [text: string, candidates: number] }
  | { readonly method: 'lint'; readonly args: readonly [] }
  | { readonly method: 'replay'; readonly args: readonly [texts: readonly string[], changes: readonly RouteChange[]] }
  | {
      readonly method: 'evaluate';
      readonly args: readonly [samples: readonly LabelledText[], progress?: 'told' | undefined];
    }
  | { readonly method: 'routes'; readonly args: readonly [] }
  | { readonly method: 'flush'; readonly args: readonly [] }
  | { readonly method: 'reload'; readonly args: readonly [] }
  | { readonly method: 'exportFile'; readonly args: readonly [] }
  | {
      readonly method: 'importFile';
      readonly args: readonly [file: Uint8Array, onMismatch: RecoveryOptions['onMismatch']];
    }
  /** What a choice is, the serving side's router knows. */
  | { readonly method: 'setModel'; readonly args: readonly [choice: unknown] }
  | { readonly method: 'status'; readonly args: readonly [] }
  | { readonly method: 'close'; readonly args: readonly [options: CloseOptions | undefined] };

/** A receipt whose `durable` is announced later, under the call's id. */
export type ReceiptRecord = Omit<MutationReceipt, 'durable'> & Partial<FitFindings>;

export type Answer =
  | Decision
  | readonly Decision[]
  | Encoding
  | Explanation
  | Evaluation
  | LintReport
  | Replay
  | readonly RouteSnapshot[]
  | RouterStatus
  | Uint8Array
  | undefined;

/** How far a call has come. */
export type CallProgress = EvaluateProgress | ModelProgress;

/**
 * Every message names the connection it belongs to, as `session`; `open` makes it up. So two clients on one port never
 * take each other's answers, and the second is told that the port is taken.
 */
interface Addressed {
  readonly session?: string;
}

export type ClientMessage = Addressed & ClientBody;
export type ServerMessage = Addressed & ServerBody;

export type ClientBody =
  /** First, and once. `config` is what the serving side's `open` understands. */
  | { readonly type: 'open'; readonly wireVersion: number; readonly config: unknown }
  | { readonly type: 'call'; readonly id: number; readonly call: Call }
  /** The client wants no answer any more; of a router that is being opened or is open. */
  | { readonly type: 'leave' }
  | { readonly type: 'abort'; readonly id: number; readonly code: Extract<RouterErrorCode, 'ABORTED' | 'TIMEOUT'> };

export type ServerBody =
  /** The answer to `open`, before any work. `lifeLock` names a Web Lock that the server holds while it lives. */
  | { readonly type: 'hello'; readonly wireVersion: number; readonly lifeLock: string | undefined }
  /** How far the opening has come. */
  | { readonly type: 'progress'; readonly progress: ModelProgress }
  | { readonly type: 'opened' }
  | { readonly type: 'open-failed'; readonly error: ErrorRecord }
  /** Of a call that is under way. */
  | { readonly type: 'call-progress'; readonly id: number; readonly progress: CallProgress }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'receipt'; readonly id: number; readonly receipt: ReceiptRecord }
  | { readonly type: 'failure'; readonly id: number; readonly error: ErrorRecord }
  | { readonly type: 'durable'; readonly id: number }
  | { readonly type: 'not-durable'; readonly id: number; readonly error: ErrorRecord }
  /** A message could not be decoded, so the server cannot tell which call it was. */
  | { readonly type: 'undecodable' };

/** What is used of a `Worker`, a `MessagePort` or a worker's global scope. */
export interface RouterPort {
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
  /** Of `MessagePort`: delivery starts with it. */
  start?(): void;
  /** Of Node's `MessagePort`: whether it keeps the process alive. */
  ref?(): void;
  unref?(): void;
}
