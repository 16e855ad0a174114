/** Owns the serving end of the wire: messages in, calls on a router, answers out. Knows no platform. */

import { RouterError, closedError, toErrorRecord, toRouterError, type ErrorRecord } from '../core/errors.ts';
import { show } from '../core/guard.ts';
import type { AbortSignalLike, LoadProgress, ModelProgress, MutationReceipt, ReencodeProgress } from '../core/types.ts';
import { invoke, isReceipt, type ServedRouter } from './invoke.ts';
import {
  WIRE_VERSION,
  type Call,
  type CallProgress,
  type ClientMessage,
  type RouterPort,
  type ServerBody,
  type ServerMessage,
} from './wire.ts';

/** What the client asked for when it connected. */
export interface OpenRequest {
  /** As the client passed it to `connectRouter`; not checked. */
  readonly config: unknown;
  readonly onProgress: (progress: LoadProgress) => void;
  readonly onReencode: (progress: ReencodeProgress) => void;
  /** Aborted when the client gives up or goes away before the router is open. */
  readonly signal: AbortSignalLike;
}

/** Who hears how far the opening of a router has come. */
export type OpenListeners = Pick<OpenRequest, 'onProgress' | 'onReencode'>;

export interface ServeOptions {
  /** The name of a Web Lock, once it is held: its release tells clients that this thread is gone. */
  readonly lifeLock?: Promise<string | undefined>;
}

/**
 * Serves a router over a port, to one client at a time: opens it on the client's `open` message, answers calls, closes
 * it with the client's `close` or when the port closes. The next client is served a new one.
 */
export function serveRouter(
  port: RouterPort,
  open: (request: OpenRequest) => Promise<ServedRouter>,
  { lifeLock = Promise.resolve(undefined) }: ServeOptions = {},
): void {
  const held = lifeLock.catch(() => undefined);
  let service: Service | undefined;

  function begin(message: Extract<ClientMessage, { type: 'open' }>): void {
    port.ref?.();
    const next = new Service(port, message.session, () => {
      if (service !== next) return;
      service = undefined;
      // A port that waits for its next client does not keep a process alive.
      port.unref?.();
    });
    service = next;
    void next.open(message, held, open);
  }

  function receive(message: ClientMessage | undefined): void {
    const isOurs = service && (message?.session === undefined || message.session === service.session);
    if (message?.type === 'open') {
      if (!service) begin(message);
      else if (!isOurs) post(port, { type: 'open-failed', ...sessionOf(message), error: toRecord(takenError()) });
    } else if (message?.type === 'call') {
      if (isOurs) void service?.answer(message.id, message.call);
      else post(port, { type: 'failure', ...sessionOf(message), id: message.id, error: toRecord(closedError()) });
    } else if (message?.type === 'abort') {
      if (isOurs) service?.abort(message.id, message.code);
    } else if (message?.type === 'leave') {
      if (isOurs) void service?.leave();
    }
  }

  port.addEventListener('message', (event) => receive((event as MessageEvent<ClientMessage | undefined>).data));
  port.addEventListener('messageerror', () => post(port, { type: 'undecodable', ...(service && sessionOf(service)) }));
  port.addEventListener('close', () => void service?.leave());
  port.start?.();
}

/** One client's router, from its opening to its end. */
class Service {
  readonly session: string | undefined;
  readonly #port: RouterPort;
  readonly #onEnd: () => void;
  readonly #opening = new AbortController();
  readonly #aborts = new Map<number, AbortController>();
  #router: ServedRouter | undefined;

  constructor(port: RouterPort, session: string | undefined, onEnd: () => void) {
    this.session = session;
    this.#port = port;
    this.#onEnd = onEnd;
  }

  async open(
    { wireVersion, config }: Extract<ClientMessage, { type: 'open' }>,
    lifeLock: Promise<string | undefined>,
    open: (request: OpenRequest) => Promise<ServedRouter>,
  ): Promise<void> {
    this.#send({ type: 'hello', wireVersion: WIRE_VERSION, lifeLock: await lifeLock });
    try {
      if (wireVersion !== WIRE_VERSION) throw wrongVersion(wireVersion);
      const { signal } = this.#opening;
      const tell = (progress: ModelProgress): void => {
        if (!signal.aborted) this.#send({ type: 'progress', progress });
      };
      const router = await open({
        config,
        onProgress: (progress) => tell({ step: 'load', ...progress }),
        onReencode: (progress) => tell({ step: 'encode', ...progress }),
        signal,
      });
      // Nobody is there to use it any more.
      if (signal.aborted) return void router.close().catch(ignore);
      this.#router = router;
      this.#send({ type: 'opened' });
    } catch (error) {
      // A client that left has been told, and the port may have its next one.
      if (this.#opening.signal.aborted) return;
      this.#send({ type: 'open-failed', error: toRecord(error) });
      this.#onEnd();
    }
  }

  async answer(id: number, call: Call): Promise<void> {
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    try {
      if (!this.#router) throw closedError();
      const { signal } = abort;
      const onProgress = (progress: CallProgress): void => this.#send({ type: 'call-progress', id, progress });
      const result = await invoke(this.#router, call, { signal, onProgress });
      if (isReceipt(result)) this.#acknowledge(id, result);
      else this.#post({ type: 'answer', id, answer: result ?? undefined });
    } catch (error) {
      this.#send({ type: 'failure', id, error: toRecord(error) });
    } finally {
      this.#aborts.delete(id);
      if (call?.method === 'close') this.#onEnd();
    }
  }

  abort(id: number, code: 'ABORTED' | 'TIMEOUT'): void {
    this.#aborts.get(id)?.abort(abortReason(code));
  }

  /** The client is gone, or wants no router any more: what still runs for it is cancelled. */
  async leave(): Promise<void> {
    if (this.#opening.signal.aborted) return;
    this.#opening.abort();
    this.#onEnd();
    for (const abort of this.#aborts.values()) abort.abort();
    await this.#router?.close().catch(ignore);
  }

  #acknowledge(id: number, { durable, ...receipt }: MutationReceipt): void {
    this.#send({ type: 'receipt', id, receipt });
    durable.then(
      () => this.#send({ type: 'durable', id }),
      (error: unknown) => this.#send({ type: 'not-durable', id, error: toRecord(error) }),
    );
  }

  /** Of plain data; a port that refuses it is closed. */
  #send(message: ServerBody): void {
    try {
      this.#post(message);
    } catch {
      void this.leave();
    }
  }

  /** Throws also where an answer cannot be cloned, which its caller is told. */
  #post(message: ServerBody): void {
    this.#port.postMessage({ ...message, ...sessionOf(this) } satisfies ServerMessage);
  }
}

/** To a client that is not served; of a closed port nobody listens. */
function post(port: RouterPort, message: ServerMessage): void {
  try {
    port.postMessage(message);
  } catch {
    // A `BroadcastChannel` that was closed throws; a `MessagePort` is silent.
  }
}

function sessionOf({ session }: { readonly session?: string | undefined }): { readonly session?: string } {
  return session === undefined ? {} : { session };
}

function takenError(): RouterError {
  return new RouterError(
    'UNSUPPORTED',
    'Got a second client on a port that serves one already; close the first, or give each a port of its own.',
  );
}

function wrongVersion(got: unknown): RouterError {
  return new RouterError(
    'UNSUPPORTED',
    `Got a client of wire version ${show(got)} on a server of version ${WIRE_VERSION}; load both from the same release of synaptoroute.`,
  );
}

/** The reason that makes the router say the code the client saw. */
function abortReason(code: 'ABORTED' | 'TIMEOUT'): Error {
  return Object.assign(new Error('aborted by the client'), {
    name: code === 'TIMEOUT' ? 'TimeoutError' : 'AbortError',
  });
}

function toRecord(error: unknown): ErrorRecord {
  return toErrorRecord(toRouterError(error, 'INTERNAL', 'The call'));
}

function ignore(): void {
  // Whoever could have been told is gone.
}
