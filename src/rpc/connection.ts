/** Owns what a client waits for: calls, receipts that are not durable yet, and the end of it all. */

import { createClock } from '../core/clock.ts';
import { withDeadline } from '../core/deadline.ts';
import { onAbort } from '../core/abort-listeners.ts';
import { RouterError, abortError, closedError, fromErrorRecord, messageOf, toRouterError } from '../core/errors.ts';
import { parseCallOptions, parseCloseOptions } from '../core/input.ts';
import type {
  AbortSignalLike,
  CallOptions,
  CloseOptions,
  LoadProgress,
  ModelProgress,
  MutationReceipt,
  ReencodeProgress,
  SetModelOptions,
} from '../core/types.ts';
import {
  WIRE_VERSION,
  type Answer,
  type ReceiptRecord,
  type Call,
  type ClientBody,
  type ClientMessage,
  type RouterPort,
  type ServerMessage,
} from './wire.ts';

export interface ConnectOptions {
  /** Handed to the serving side's `open`; must be structured-cloneable. */
  readonly config?: unknown;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly onReencode?: (progress: ReencodeProgress) => void;
  /** Gives up the connection while the router is being opened. */
  readonly signal?: AbortSignalLike;
  /** Called once when the connection has ended, by `close()` or by loss; the place to end a worker. */
  readonly onEnd?: () => void;
  /** Calls `onGone` when the Web Lock of that name is released; see `ServeOptions.lifeLock`. */
  readonly watchLife?: (lifeLock: string, onGone: () => void) => void;
}

/** A thread that does not close within it hangs, and is given up. */
const CLOSE_WITHIN_MS = 10_000;
/** Time limits are kept on this side, so that they hold even where the other one hangs. */
const clock = createClock();

/** Of whichever progress the call is told. */
type Tell = (progress: never) => void;

/** A promise from outside. */
interface Waiter {
  readonly resolve: (value: never) => void;
  readonly reject: (error: RouterError) => void;
  readonly tell?: Tell | undefined;
}

/** Every promise that it gives settles, whatever becomes of the other end. */
export class Connection {
  /** Resolves when the other side's router is open. */
  readonly opened: Promise<void>;
  readonly #port: RouterPort;
  readonly #options: ConnectOptions;
  /** Calls without an answer, and receipts that are not durable, both by call id. */
  readonly #calls = new Map<number, Waiter>();
  readonly #durables = new Map<number, Waiter>();
  readonly #listeners: Readonly<Record<string, (event: Event) => void>>;
  readonly #abortOpening = (): void => {
    this.#post({ type: 'leave' });
    this.#end(abortError(this.#options.signal));
  };
  #opening: Waiter | undefined;
  #releaseOpening = (): void => undefined;
  readonly #session = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  #lastId = 0;
  /** Why no call can be made any more. */
  #ended: RouterError | undefined;
  #closing: Promise<void> | undefined;

  constructor(port: RouterPort, options: ConnectOptions) {
    this.#port = port;
    this.#options = options;
    this.opened = new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
    this.#listeners = {
      message: (event) => this.#receive((event as MessageEvent<ServerMessage | null | undefined>).data),
      messageerror: () => this.#end(lost('it sent a message that could not be decoded')),
      error: (event) => this.#end(lost((event as ErrorEvent).message || 'its script could not be loaded')),
      close: () => this.#end(lost('its port was closed')),
    };
    for (const [type, listener] of Object.entries(this.#listeners)) port.addEventListener(type, listener);
    port.start?.();
    this.#open();
  }

  /** @param tell how far the call is; see `Call` for those that say so */
  async call<T extends Answer>(call: Call, options?: CallOptions, tell?: Tell): Promise<T> {
    return withDeadline(parseCallOptions(options), clock, (signal) => {
      const id = ++this.#lastId;
      return this.#request(id, call, signal, (error) => take(this.#calls, id)?.reject(error), tell);
    });
  }

  /** The receipt with whatever else the answer to this call has. */
  async mutate<T extends MutationReceipt>(call: Call, options?: SetModelOptions): Promise<T> {
    return withDeadline(
      parseCallOptions(options),
      clock,
      async (signal) => (await this.#mutate(call, options?.onProgress, signal)) as T,
    );
  }

  async #mutate(
    call: Call,
    onProgress: SetModelOptions['onProgress'],
    signal?: AbortSignalLike,
  ): Promise<MutationReceipt> {
    const id = ++this.#lastId;
    // Waited for from the start: `durable` may be told in the same turn as the receipt.
    const durable = new Promise<void>((resolve, reject) => this.#durables.set(id, { resolve, reject }));
    durable.catch(() => undefined);
    try {
      // An aborted mutation may be applied already: only the other side knows, and answers either way. A time limit
      // holds even where the other side hangs.
      const onAborted = (error: RouterError): void => {
        if (error.code === 'TIMEOUT') take(this.#calls, id)?.reject(unknownOutcome(error));
      };
      const receipt = await this.#request<ReceiptRecord>(id, call, signal, onAborted, onProgress);
      return { ...receipt, durable };
    } catch (error) {
      this.#durables.delete(id);
      throw error;
    }
  }

  async close(options?: CloseOptions): Promise<void> {
    parseCloseOptions(options);
    await (this.#closing ??= this.#close(options).finally(() => this.#end(closedError())));
  }

  #open(): void {
    const { signal, config } = this.#options;
    if (signal?.aborted) return this.#end(abortError(signal));
    this.#releaseOpening = onAbort(signal, this.#abortOpening);
    try {
      this.#post({ type: 'open', wireVersion: WIRE_VERSION, config });
    } catch (error) {
      this.#end(notCloneable('options', error));
    }
  }

  async #close(options?: CloseOptions): Promise<void> {
    if (this.#ended) return;
    try {
      await this.call(
        { method: 'close', args: [options] },
        options?.pending === 'drain' ? {} : { timeoutMs: CLOSE_WITHIN_MS },
      );
    } catch (error) {
      // A thread that is lost, or hangs, has nothing left to close.
      if (!(error instanceof RouterError && ['WORKER_LOST', 'TIMEOUT'].includes(error.code))) throw error;
    }
  }

  #end(error: RouterError): void {
    if (this.#ended) return;
    this.#ended = error;
    for (const [type, listener] of Object.entries(this.#listeners)) this.#port.removeEventListener(type, listener);
    this.#releaseOpening();
    for (const waiters of [this.#calls, this.#durables]) {
      for (const { reject } of waiters.values()) reject(error);
      waiters.clear();
    }
    this.#opening?.reject(error);
    this.#options.onEnd?.();
  }

  #tellProgress({ step, ...progress }: ModelProgress): void {
    const { onProgress, onReencode } = this.#options;
    if (step === 'load') onProgress?.(progress as LoadProgress);
    else onReencode?.(progress as ReencodeProgress);
  }

  #receive(message: ServerMessage | null | undefined): void {
    // For another client of this port.
    if (message?.session !== undefined && message.session !== this.#session) return;
    const { watchLife } = this.#options;
    switch (message?.type) {
      case 'hello':
        if (message.wireVersion !== WIRE_VERSION) this.#end(wrongVersion(message.wireVersion));
        else if (message.lifeLock) watchLife?.(message.lifeLock, () => this.#end(lost('its thread has ended')));
        return;
      case 'progress':
        return orFail(
          () => this.#tellProgress(message.progress),
          (error) => this.#end(error),
        );
      case 'opened':
        this.#releaseOpening();
        return this.#opening?.resolve(undefined as never);
      case 'open-failed':
        return this.#end(fromErrorRecord(message.error));
      case 'call-progress':
        return orFail(
          () => this.#calls.get(message.id)?.tell?.(message.progress as never),
          (error) => take(this.#calls, message.id)?.reject(error),
        );
      case 'answer':
        return take(this.#calls, message.id)?.resolve(message.answer as never);
      case 'receipt':
        return take(this.#calls, message.id)?.resolve(message.receipt as never);
      case 'failure':
        return take(this.#calls, message.id)?.reject(fromErrorRecord(message.error));
      case 'durable':
        return take(this.#durables, message.id)?.resolve(undefined as never);
      case 'not-durable':
        return take(this.#durables, message.id)?.reject(fromErrorRecord(message.error));
      case 'undecodable':
        return this.#end(lost('it got a message that could not be decoded'));
      default:
        return this.#end(lost('it sent a message that this release does not know'));
    }
  }

  /** @param onAborted what becomes of the waiting caller, besides that the other side is told */
  #request<T>(
    id: number,
    call: Call,
    signal: AbortSignalLike | undefined,
    onAborted: (error: RouterError) => void,
    tell?: Tell,
  ): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#closing && call.method !== 'close') return Promise.reject(closedError());
    if (signal?.aborted) return Promise.reject(abortError(signal));
    return new Promise<T>((resolve, reject) => {
      const release = onAbort(signal, () => {
        const error = abortError(signal);
        this.#post({ type: 'abort', id, code: error.code === 'TIMEOUT' ? 'TIMEOUT' : 'ABORTED' });
        onAborted(error);
      });
      this.#calls.set(id, {
        tell,
        resolve: (value) => {
          release();
          resolve(value);
        },
        reject: (error) => {
          release();
          reject(error);
        },
      });
      try {
        this.#post({ type: 'call', id, call });
      } catch (error) {
        take(this.#calls, id)?.reject(notCloneable(call.method, error));
      }
    });
  }

  #post(body: ClientBody): void {
    try {
      this.#port.postMessage({ ...body, session: this.#session } satisfies ClientMessage);
    } catch (error) {
      if ((error as Error).name !== 'InvalidStateError') throw error;
      this.#end(lost('its port was closed'));
    }
  }
}

function take(waiters: Map<number, Waiter>, id: number): Waiter | undefined {
  const waiter = waiters.get(id);
  waiters.delete(id);
  return waiter;
}

function lost(why: string): RouterError {
  return new RouterError(
    'WORKER_LOST',
    `The router's worker is lost: ${why}. Calls that were under way may or may not have taken effect; open a new router.`,
  );
}

function unknownOutcome({ cause }: RouterError): RouterError {
  return new RouterError(
    'TIMEOUT',
    'The change took longer than its time limit; it may or may not take effect, and routes() tells.',
    { cause },
  );
}

function wrongVersion(got: number): RouterError {
  return new RouterError(
    'UNSUPPORTED',
    `Got a worker of wire version ${got}, expected ${WIRE_VERSION}; load page and worker from the same release of synaptoroute.`,
  );
}

/** Names, texts and routes are copies of ours by now. */
function notCloneable(what: string, cause: unknown): RouterError {
  return new RouterError(
    'INVALID_OPTION',
    `Got ${what} with a value that cannot be sent to the worker: ${messageOf(cause)}; pass plain data.`,
    { cause },
  );
}

/** A callback that throws ends what it was told of, as it does in the router's own thread. */
function orFail(tell: () => void, fail: (error: RouterError) => void): void {
  try {
    tell();
  } catch (error) {
    fail(toRouterError(error, 'INVALID_OPTION', 'The progress callback'));
  }
}
