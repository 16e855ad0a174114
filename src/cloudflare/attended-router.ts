/** Owns the router that requests share: opens at the first call, and keeps I/O objects of a request to that request. */

import { waitUntil } from 'cloudflare:workers';
import { createAbort, onAbort, unlessAborted } from '../core/abort-listeners.ts';
import { makeDisposable } from '../core/disposable.ts';
import { closedError } from '../core/errors.ts';
import { parseCallOptions, parseCloseOptions } from '../core/input.ts';
import type { AbortSignalLike, CallOptions, MutationReceipt, Router, RouterReports } from '../core/types.ts';
import type { RequestClock } from './request-clock.ts';

/** @param open called for each call of a method; gives the one router of the isolate */
export function createAttendedRouter(open: () => Promise<Router>, { attend }: RequestClock): Router {
  let isClosed = false;
  let opened: Router | undefined;

  async function use<T>(call: (router: Router) => Promise<T>, signal?: AbortSignalLike): Promise<T> {
    if (isClosed) throw closedError();
    opened = await unlessAborted(open(), signal);
    // Closed meanwhile.
    if (isClosed) throw closedError();
    return attend(call(opened));
  }

  async function useWithin<T>(
    given: CallOptions | undefined,
    call: (router: Router, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const options = parseCallOptions(given);
    const { signal, release } = createLocalSignal(options);
    try {
      return await use((router) => call(router, { signal }), signal);
    } finally {
      release();
    }
  }

  async function write<T extends MutationReceipt>(mutation: Promise<T>): Promise<T> {
    const receipt = await mutation;
    return { ...receipt, durable: outliving(attend(receipt.durable)) };
  }

  return makeDisposable({
    addRoute: (route, options) => write(useWithin(options, (router, within) => router.addRoute(route, within))),
    removeRoute: (name) => write(use((router) => router.removeRoute(name))),
    addUtterances: (name, utterances, options) =>
      write(useWithin(options, (router, within) => router.addUtterances(name, utterances, within))),
    removeUtterances: (name, utterances) => write(use((router) => router.removeUtterances(name, utterances))),
    addNegatives: (name, negatives, options) =>
      write(useWithin(options, (router, within) => router.addNegatives(name, negatives, within))),
    removeNegatives: (name, negatives) => write(use((router) => router.removeNegatives(name, negatives))),
    fit: (options) => write(useWithin(options, (router, within) => router.fit({ ...options, ...within }))),
    dropFit: () => write(use((router) => router.dropFit())),
    setThreshold: (name, threshold) => write(use((router) => router.setThreshold(name, threshold))),
    routes: () => use((router) => router.routes()),
    ...createQuestions(useWithin),
    flush: () => use((router) => router.flush()),
    reload: () => use((router) => router.reload()),
    exportFile: () => use((router) => router.exportFile()),
    importFile: (file, options) =>
      write(
        useWithin(options, (router, within) =>
          router.importFile(file, { ...within, ...(options?.onMismatch && { onMismatch: options.onMismatch }) }),
        ),
      ),
    status: () => use((router) => router.status()),
    async close(options) {
      parseCloseOptions(options);
      isClosed = true;
      // One that was never used has loaded nothing, and loads nothing to be closed.
      if (opened) await attend(opened.close(options));
    },
  });
}

type Questions = Pick<Router, 'query' | 'queryMany' | 'encode' | keyof RouterReports>;
type UseWithin = <T>(
  given: CallOptions | undefined,
  call: (router: Router, options: CallOptions) => Promise<T>,
) => Promise<T>;

/** What is asked about texts, each with its own signal and limit. */
function createQuestions(useWithin: UseWithin): Questions {
  return {
    query: (text, options) => useWithin(options, (router, within) => router.query(text, within)),
    queryMany: (texts, options) => useWithin(options, (router, within) => router.queryMany(texts, within)),
    encode: (texts, options) =>
      useWithin(options, (router, within) =>
        router.encode(texts, { ...within, ...(options?.kind && { kind: options.kind }) }),
      ),
    explain: (text, options) =>
      useWithin(options, (router, within) => router.explain(text, { ...within, candidates: options?.candidates })),
    replay: (texts, changes, options) => useWithin(options, (router, within) => router.replay(texts, changes, within)),
    lint: (options) => useWithin(options, (router, within) => router.lint(within)),
    evaluate: (samples, options) =>
      useWithin(options, (router, within) => router.evaluate(samples, { ...within, onProgress: options?.onProgress })),
  };
}

/** The write goes on when its client has gone. */
function outliving(durable: Promise<void>): Promise<void> {
  waitUntil(durable.catch(ignore));
  return durable;
}

interface LocalSignal {
  readonly signal: AbortSignalLike;
  readonly release: () => void;
}

/**
 * A call's signal and time limit as a plain object: another request may take its listeners away, which on a real
 * signal would be I/O. The real signal and the timer are touched by the request that they belong to alone.
 */
function createLocalSignal({ signal, timeoutMs }: CallOptions): LocalSignal {
  const { signal: local, abort } = createAbort();
  if (signal?.aborted) abort(signal.reason);
  const releaseSignal = onAbort(signal, () => abort(signal?.reason));
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => abort(timeoutReason(timeoutMs)), timeoutMs);
  return {
    signal: local,
    release() {
      releaseSignal();
      clearTimeout(timer);
    },
  };
}

function timeoutReason(timeoutMs: number): Error {
  return Object.assign(new Error(`not answered within ${timeoutMs} ms`), { name: 'TimeoutError' });
}

function ignore(): void {
  // Whoever asked for the write has the rejection.
}
