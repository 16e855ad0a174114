import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { onAbort } from '../core/abort-listeners.ts';
import { RouterError, abortError, closedError, fromErrorRecord, messageOf } from '../core/errors.ts';
import type { AbortSignalLike, EncodeOptions, Encoding } from '../core/types.ts';
import type { NodeEncoderOptions } from './encoder.ts';
import { createNativeCalls, forget, outlive } from './native-calls.ts';
import { OPENING, type EncoderFacts, type FromThread, type ThreadStart, type ToThread } from './thread-wire.ts';

/** The second is for running from the sources, and is not in the package. */
const SCRIPT = import.meta.url.endsWith('.js')
  ? new URL('./encoder-thread.js', import.meta.url)
  : new URL('./encoder-thread.dev.mjs', import.meta.url);

interface Waiter {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: RouterError) => void;
}

/** The caller's end of one thread. Every call settles, whatever becomes of the thread. */
export class ThreadEnd {
  /** Called when the thread is lost, once. */
  onLost: ((reason: RouterError) => void) | undefined;
  /** Resolves when the thread's encoder is there. */
  readonly opened: Promise<EncoderFacts>;
  readonly #calls = createNativeCalls();
  readonly #worker: Worker;
  readonly #onProgress: NodeEncoderOptions['onProgress'];
  /** Calls without an answer, by id; opening is one. */
  readonly #waiters = new Map<number, Waiter>();
  #lastId = OPENING;
  /** Why no call can be made any more. */
  #ended: RouterError | undefined;

  constructor(config: object, onProgress: NodeEncoderOptions['onProgress']) {
    const worker = startWorker({ config: toCloneable(config) as object, calls: this.#calls });
    outlive(this.#calls);
    this.#worker = worker;
    this.#onProgress = onProgress;
    this.opened = new Promise((resolve, reject) => this.#waiters.set(OPENING, { resolve, reject }));
    worker.on('message', (message: FromThread) => this.#receive(message));
    worker.on('error', (error: unknown) => this.#end(lost(messageOf(error))));
    worker.on('messageerror', (error) => this.#end(lost(`it sent what could not be decoded: ${messageOf(error)}`)));
    worker.on('exit', (code) => {
      forget(this.#calls);
      this.#end(lost(`it ended with code ${code}`));
    });
  }

  encode(texts: readonly string[], { kind, signal }: EncodeOptions): Promise<Encoding> {
    const id = ++this.#lastId;
    return this.#request<Encoding>({ type: 'encode', id, texts, kind }, signal);
  }

  /** Lets the process end while the thread opens. */
  unref(): void {
    this.#worker.unref();
  }

  /** Tells the thread that a call's answer is not wanted any more. */
  abort(id: number): void {
    this.#post({ type: 'abort', id });
  }

  /** Ends the thread when it has answered what it was asked before. */
  async close(): Promise<void> {
    try {
      await this.#request({ type: 'close', id: ++this.#lastId });
    } catch (error) {
      // A thread that is lost has nothing left to close.
      if (!(error instanceof RouterError && error.code === 'WORKER_LOST')) throw error;
    } finally {
      await this.stop(closedError());
    }
  }

  /** Ends the thread after the native call that it is in; what waits rejects with the reason now. */
  async stop(reason: RouterError): Promise<void> {
    this.#end(reason);
    // One that has ended has no id.
    if (this.#worker.threadId < 0) return;
    const ended = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#post({ type: 'end' });
    await ended;
  }

  #request<T>(message: Exclude<ToThread, { type: 'end' }>, signal?: AbortSignalLike): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(abortError(signal));
    const { id } = message;
    return new Promise<T>((resolve, reject) => {
      this.#post(message);
      const release = onAbort(signal, () => {
        this.abort(id);
        this.#take(id)?.reject(abortError(signal));
      });
      // A call holds the process, an idle thread does not.
      if (this.#waiters.size === 0) this.#worker.ref();
      this.#waiters.set(id, {
        resolve: (answer) => {
          release();
          resolve(answer);
        },
        reject: (error) => {
          release();
          reject(error);
        },
      });
    });
  }

  #receive(message: FromThread): void {
    switch (message.type) {
      case 'progress':
        return this.#onProgress?.(message.progress);
      case 'opened':
        return this.#take(OPENING)?.resolve(message.facts as never);
      case 'encoded':
        return this.#take(message.id)?.resolve(message.encoding as never);
      case 'closed':
        return this.#take(message.id)?.resolve(undefined as never);
      case 'failed':
        return this.#take(message.id)?.reject(fromErrorRecord(message.error));
    }
  }

  #take(id: number): Waiter | undefined {
    const waiter = this.#waiters.get(id);
    if (this.#waiters.delete(id) && this.#waiters.size === 0) this.#worker.unref();
    return waiter;
  }

  #end(reason: RouterError): void {
    if (this.#ended) return;
    this.#ended = reason;
    for (const id of this.#waiters.keys()) this.#take(id)?.reject(reason);
    if (reason.code === 'WORKER_LOST') this.onLost?.(reason);
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}

function startWorker(workerData: ThreadStart): Worker {
  if (!existsSync(SCRIPT)) {
    throw new RouterError(
      'UNSUPPORTED',
      `Found no ${SCRIPT.pathname}: this package was bundled, and its thread and model stayed behind; have the bundler leave it out (esbuild: --external:synaptoroute), and install it beside the bundle.`,
    );
  }
  try {
    // Without this process's flags, of which some (--input-type, --eval) forbid a thread that runs a file.
    return new Worker(SCRIPT, { workerData, execArgv: [], name: 'synaptoroute-encoder' });
  } catch (cause) {
    throw new RouterError(
      'INVALID_OPTION',
      `Got options that cannot be sent to the encoder's thread: ${messageOf(cause)}; pass plain data, or \`thread: 'caller'\`.`,
      { cause },
    );
  }
}

/** The same with text in place of every URL, which cannot be sent. */
function toCloneable(value: unknown): unknown {
  if (value instanceof URL) return value.href;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCloneable(item)]));
}

function lost(why: string): RouterError {
  return new RouterError('WORKER_LOST', `The encoder's thread is lost: ${why}.`);
}
