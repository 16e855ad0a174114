/** Owns one file's way over a bad network: streams it, tries again, resumes after a cut, and knows when to give up. */

import { onAbort } from '../core/abort-listeners.ts';
import { createClock } from '../core/clock.ts';
import { RouterError, abortError, messageOf } from '../core/errors.ts';
import { parseDuration, parseInteger } from '../core/input.ts';
import type { AbortSignalLike, Clock } from '../core/types.ts';
import { loadError, MissingFileError } from './load-errors.ts';
import { pause } from './pause.ts';

/** How patient a download is. */
export interface DownloadPolicy {
  /** How often a file is tried again after a network error, a cut, a silence or a 5xx status. Default 4. */
  readonly maxRetries?: number;
  /** Milliseconds before the first of these; each next wait is twice as long. Default 500. */
  readonly retryDelayMs?: number;
  /** Milliseconds without a byte after which a try counts as failed. Default 30,000. */
  readonly maxSilenceMs?: number;
}

/** Where a download's bytes go. */
export interface DownloadSink {
  /** What is there of an earlier try, and the ETag under which it was sent; `undefined` where nothing can be resumed. */
  readonly held: { readonly byteLength: number; readonly etag: string } | undefined;
  /** From the file's first byte on; drops what was there. An absent ETag: what comes cannot be resumed. */
  restart(etag: string | undefined): Promise<void> | void;
  write(chunk: Uint8Array): Promise<void> | void;
}

export interface DownloadOptions extends DownloadPolicy {
  readonly signal?: AbortSignalLike;
  readonly onProgress?: (loadedBytes: number, totalBytes: number | undefined) => void;
  readonly clock?: Clock;
  /** Keeps a browser's own cache out of it, for files that are kept elsewhere. Default: as servers say. */
  readonly cache?: 'no-store';
}

/** A failure that another try may mend. */
class TransientError extends Error {}

/**
 * Downloads a file into a sink. Rejects with `MODEL_LOAD_FAILED` (a `MissingFileError` for 404 and 410), `ABORTED`,
 * `TIMEOUT`.
 */
export async function download(url: string | URL, sink: DownloadSink, options: DownloadOptions = {}): Promise<void> {
  const { signal, clock = createClock() } = options;
  const maxRetries = parseInteger(options.maxRetries, 'download.maxRetries', 4, 0);
  const retryDelayMs = parseDuration(options.retryDelayMs, 'download.retryDelayMs', 500);
  const maxSilenceMs = parseDuration(options.maxSilenceMs, 'download.maxSilenceMs', 30_000);
  for (let tries = 1; ; tries++) {
    const silence = new Silence(clock, maxSilenceMs, signal);
    try {
      return await attempt(url, sink, silence, options);
    } catch (error) {
      if (signal?.aborted) throw abortError(signal);
      if (error instanceof RouterError) throw error;
      const reason = silence.isOver ? `nothing came for ${maxSilenceMs} ms` : messageOf(error);
      if (tries > maxRetries) {
        throw loadError(
          `Loading ${url} failed in each of ${tries} tries, at last because ${reason}; check the URL and the connection.`,
          error,
        );
      }
      await pause(retryDelayMs * 2 ** (tries - 1), clock, signal);
    } finally {
      silence.end();
    }
  }
}

async function attempt(
  url: string | URL,
  sink: DownloadSink,
  silence: Silence,
  options: Pick<DownloadOptions, 'onProgress' | 'cache'>,
): Promise<void> {
  const { held } = sink;
  const { onProgress, cache } = options;
  // No If-Range, which a browser asks another origin's leave for: the answer's ETag tells as much.
  const response = await fetch(url, {
    signal: silence.signal,
    ...(cache && { cache }),
    ...(held && { headers: { range: `bytes=${held.byteLength}-` } }),
  });
  silence.heard();
  if (held && (response.status === 416 || (response.status === 206 && etagOf(response) !== held.etag))) {
    // It is another file by now, or ours was longer.
    await response.body?.cancel();
    await sink.restart(undefined);
    return attempt(url, sink, silence, options);
  }
  checkStatus(url, response);
  const start = response.status === 206 && held ? held.byteLength : 0;
  if (start === 0) await sink.restart(etagOf(response));
  const length = lengthOf(response);
  await readBody(response, {
    start,
    total: length === undefined ? undefined : start + length,
    sink,
    silence,
    onProgress,
  });
}

function checkStatus(url: string | URL, response: Response): void {
  const { status } = response;
  if (status === 200 || status === 206) return;
  if (status >= 500 || status === 429 || status === 408) throw new TransientError(`it answered with status ${status}`);
  if (status === 404 || status === 410) throw new MissingFileError(String(url), `HTTP status ${status}`);
  throw loadError(`Got HTTP status ${status} from ${url}, expected 200; check the URL.`);
}

interface Reading {
  readonly start: number;
  readonly total: number | undefined;
  readonly sink: DownloadSink;
  readonly silence: Silence;
  readonly onProgress: DownloadOptions['onProgress'];
}

async function readBody(response: Response, { start, total, sink, silence, onProgress }: Reading): Promise<void> {
  let loaded = start;
  if (!response.body) {
    const bytes = new Uint8Array(await response.arrayBuffer());
    loaded += bytes.byteLength;
    await sink.write(bytes);
  } else {
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      silence.heard();
      loaded += value.byteLength;
      await sink.write(value);
      onProgress?.(loaded, total);
    }
  }
  if (total !== undefined && loaded !== total) {
    throw new TransientError(`${loaded} bytes came of the ${total} that were announced`);
  }
}

/** Of an answer whose bytes are the file's own; with a Content-Encoding the length and ranges count others. */
function lengthOf(response: Response): number | undefined {
  const header = isPlain(response) ? response.headers.get('content-length') : null;
  return header === null ? undefined : Number(header);
}

function etagOf(response: Response): string | undefined {
  const etag = isPlain(response) ? response.headers.get('etag') : null;
  // A weak one promises the same meaning, not the same bytes.
  return etag === null || etag.startsWith('W/') ? undefined : etag;
}

function isPlain(response: Response): boolean {
  return ['', 'identity'].includes(response.headers.get('content-encoding') ?? '');
}

/** Ends a try when nothing comes for too long, or the caller gives up. */
class Silence {
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #maxMs: number;
  readonly #release: () => void;
  #timer: unknown;
  isOver = false;

  constructor(clock: Clock, maxMs: number, signal: AbortSignalLike | undefined) {
    this.#clock = clock;
    this.#maxMs = maxMs;
    this.#release = onAbort(signal, () => this.#abort.abort());
    if (signal?.aborted) this.#abort.abort();
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  heard(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => {
      this.isOver = true;
      this.#abort.abort();
    }, this.#maxMs);
  }

  /** Of the try: an answer that is not read to its end would hold its connection open. */
  end(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#release();
    this.#abort.abort();
  }
}
