/** Owns one file's way over a bad network: streams it, tries again, resumes after a cut, and knows when to give up. */

import { onAbort } from '../core/abort-listeners.ts';
import { createClock } from '../core/clock.ts';
import { RouterError, abortError, messageOf } from '../core/errors.ts';
import { parseDuration, parseInteger } from '../core/input.ts';
import type { AbortSignalLike, Clock } from '../core/types.ts';
import { loadError, MissingFileError } from './load-errors.ts';
import { pause } from './pause.ts';

/** How patient a download is, and where it ends. */
export interface DownloadPolicy {
  /** How often a file is tried again after a network error, a cut, a silence or a 5xx status. Default 4. */
  readonly maxRetries?: number;
  /** Milliseconds before the first of these; each next wait is twice as long. Default 500. */
  readonly retryDelayMs?: number;
  /** Milliseconds without a byte after which a try counts as failed. Default 30,000. */
  readonly maxSilenceMs?: number;
  /** The most bytes of one file, whatever its server announces. Default 2 GiB, the most that an ONNX file can have. */
  readonly maxFileBytes?: number;
  /**
   * The only hosts that files may come from, redirects included: `huggingface.co`, `localhost:8080`, `*.hf.co` for all
   * below hf.co. Default: the host of the URL, and where it redirects to: to https, and from http to http too. A browser
   * tells where a redirect has led only after it has followed it.
   */
  readonly allowedHosts?: readonly string[];
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
  /** How a URL is fetched. Default: `fetch`, and a look at where it has been redirected to. */
  readonly fetchFile?: FetchFile;
  /** Keeps a browser's own cache out of it, for files that are kept elsewhere. Default: as servers say. */
  readonly cache?: 'no-store';
}

/** Fetches, and calls `check` with whatever it is redirected to, which throws where it may not go. */
export type FetchFile = (url: string | URL, init: RequestInit, check: (target: URL) => void) => Promise<Response>;

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
  const maxFileBytes = parseInteger(options.maxFileBytes, 'download.maxFileBytes', 2 ** 31, 1);
  const check = createHostCheck(url, options.allowedHosts);
  for (let tries = 1; ; tries++) {
    const silence = new Silence(clock, maxSilenceMs, signal);
    try {
      return await attempt(url, sink, silence, { ...options, maxFileBytes, check });
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

interface Attempt extends Pick<DownloadOptions, 'onProgress' | 'cache' | 'fetchFile'> {
  readonly maxFileBytes: number;
  readonly check: (target: URL) => void;
}

async function attempt(url: string | URL, sink: DownloadSink, silence: Silence, options: Attempt): Promise<void> {
  const { held } = sink;
  const { onProgress, cache, maxFileBytes, check, fetchFile = fetchAndCheck } = options;
  // No If-Range, which a browser asks another origin's leave for: the answer's ETag tells as much.
  const init = {
    signal: silence.signal,
    ...(cache && { cache }),
    ...(held && { headers: { range: `bytes=${held.byteLength}-` } }),
  };
  const response = await fetchFile(url, init, check);
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
    checkSize(byteLength) {
      if (byteLength <= maxFileBytes) return;
      throw loadError(
        `Got more than ${maxFileBytes} bytes from ${url}; raise \`download.maxFileBytes\` if the file is that long.`,
      );
    },
  });
}

async function fetchAndCheck(...[url, init, check]: Parameters<FetchFile>): ReturnType<FetchFile> {
  const response = await fetch(url, init);
  if (response.redirected) check(new URL(response.url));
  return response;
}

/** Throws `INVALID_OPTION`, and what it gives throws `MODEL_LOAD_FAILED`; a listed host is asked for of the URL itself too. */
function createHostCheck(given: string | URL, hosts: DownloadPolicy['allowedHosts']): (target: URL) => void {
  if (hosts && !(Array.isArray(hosts) && hosts.every((host) => typeof host === 'string'))) {
    throw new RouterError('INVALID_OPTION', 'Expected `download.allowedHosts` to be a list of texts.');
  }
  const isListed = ({ host, hostname }: URL): boolean =>
    !hosts ||
    hosts.some((each) => [host, hostname].includes(each) || (/^\*./.test(each) && hostname.endsWith(each.slice(1))));
  const check = (target: URL): void => {
    const isSafe = target.protocol === 'https:' || (target.protocol === 'http:' && /^http:/i.test(String(given)));
    if (isSafe && isListed(target)) return;
    throw loadError(
      `Loading ${given} led to ${target.protocol}//${target.host}; expected ${hosts ? hosts.join(', ') : 'https'}, as \`download.allowedHosts\` has it.`,
    );
  };
  if (hosts) check(new URL(given));
  return check;
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
  readonly checkSize: (byteLength: number) => void;
}

async function readBody(response: Response, reading: Reading): Promise<void> {
  const { start, total, sink, silence, onProgress, checkSize } = reading;
  let loaded = start;
  checkSize(total ?? start);
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
      checkSize(loaded);
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
