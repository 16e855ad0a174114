/** Owns how a model's file is found, read and verified: path, URL or bytes in, bytes out. */

import type { AbortSignalLike } from '../core/types.ts';
import { RouterError } from '../core/errors.ts';
import { download, type DownloadOptions, type DownloadSink } from './download.ts';
import { loadError } from './load-errors.ts';

/** Where a file is: a URL (in Node also a path), or its bytes. */
export type FileLocation = string | URL | Uint8Array | ArrayBuffer;

/** A file with what it must be; a deviation is `MODEL_LOAD_FAILED`. */
export interface VerifiedFile {
  readonly location: FileLocation;
  readonly byteLength?: number;
  /** Lower-case hex. */
  readonly sha256?: string;
}

export type FileSource = FileLocation | VerifiedFile;

export interface ReadOptions {
  readonly signal?: AbortSignalLike;
  readonly onProgress?: (loadedBytes: number, totalBytes: number | undefined) => void;
  /** Rejects for bytes that are not the file; a reader that keeps files calls it before it keeps or uses one. */
  readonly verify?: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
}

/** Reads a whole file from where the platform can. */
export type ReadFile = (location: string | URL, options: ReadOptions) => Promise<Uint8Array<ArrayBuffer>>;

/** Reads a file and verifies it. Rejects with `MODEL_LOAD_FAILED`, `ABORTED`, `TIMEOUT`, `UNSUPPORTED`. */
export async function readSource(
  source: FileSource,
  readFile: ReadFile,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const file = parseSource(source);
  const { location, byteLength } = file;
  let verified: Uint8Array | undefined;
  const verify = async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    if (verified !== bytes) await verifyFile(file, bytes);
    verified = bytes;
  };
  const onProgress = (loadedBytes: number, totalBytes: number | undefined): void =>
    options.onProgress?.(loadedBytes, byteLength ?? totalBytes);
  const bytes = isUrl(location) ? await readFile(location, { ...options, onProgress, verify }) : toBytes(location);
  await verify(bytes);
  options.onProgress?.(bytes.byteLength, bytes.byteLength);
  return bytes;
}

/** Whether a URL of the hub names a commit, under which nothing changes or appears any more. */
export function isPinned(url: string): boolean {
  return /\/resolve\/[0-9a-f]{40}\//.test(url);
}

/** Where a file is, unless it is given as bytes. Throws `INVALID_OPTION` for what is no file. */
export function locationOf(source: FileSource): string | URL | undefined {
  const { location } = parseSource(source);
  return isUrl(location) ? location : undefined;
}

/** The name of a file in messages and progress. */
export function nameOf(source: FileSource): string {
  return String(locationOf(source) ?? 'the given bytes');
}

async function verifyFile(file: VerifiedFile, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const { byteLength, sha256 } = file;
  const name = nameOf(file);
  if (byteLength !== undefined && bytes.byteLength !== byteLength) {
    throw loadError(
      `Got ${bytes.byteLength} bytes from ${name}, expected ${byteLength}; check that the file is whole.`,
    );
  }
  if (startsAsHtml(bytes)) {
    throw loadError(`Got an HTML page from ${name}, expected a model's file; check what the URL answers.`);
  }
  if (sha256 === undefined) return;
  const actual = await sha256Hex(bytes);
  if (actual === sha256.toLowerCase()) return;
  throw loadError(`Got SHA-256 ${actual} for ${name}, expected ${sha256}; the file is not the one that was meant.`);
}

/** Neither ONNX nor JSON begins with `<`; the page of a server that has no such file does. */
function startsAsHtml(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 64)).trimStart().startsWith('<');
}

/** `ReadFile` for every platform with `fetch`; keeps nothing. */
export function createFetchReader(policy: Omit<DownloadOptions, 'signal' | 'onProgress'> = {}): ReadFile {
  return async (location, { signal, onProgress }) => {
    const sink = new MemorySink();
    await download(location, sink, { ...policy, ...(signal && { signal }), ...(onProgress && { onProgress }) });
    return sink.take();
  };
}

/** A download in memory. */
export class MemorySink implements DownloadSink {
  #chunks: Uint8Array[] = [];
  #byteLength = 0;
  #etag: string | undefined;

  get held(): DownloadSink['held'] {
    return this.#etag === undefined || this.#byteLength === 0
      ? undefined
      : { byteLength: this.#byteLength, etag: this.#etag };
  }

  restart(etag: string | undefined): void {
    this.#chunks = [];
    this.#byteLength = 0;
    this.#etag = etag;
  }

  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.byteLength;
  }

  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#byteLength);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    this.restart(undefined);
    return bytes;
  }
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Lib types promise `subtle`; pages outside a secure context do not have it.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (!subtle) {
    throw new RouterError(
      'UNSUPPORTED',
      'Got a page outside a secure context, where hashing is missing; serve it from https or localhost.',
    );
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function parseSource(source: FileSource): VerifiedFile {
  const isPlain = isUrl(source) || source instanceof Uint8Array || isBuffer(source);
  const file = isPlain ? { location: source } : source;
  const { location } = (file as Partial<VerifiedFile> | null) ?? {};
  if (isUrl(location) || location instanceof Uint8Array || isBuffer(location)) return file;
  throw new RouterError(
    'INVALID_OPTION',
    'Got a model file that is no path, URL or bytes; pass one of these, or {location, byteLength?, sha256?}.',
  );
}

function isBuffer(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer || Object.prototype.toString.call(value) === '[object SharedArrayBuffer]';
}

function isUrl(location: unknown): location is string | URL {
  return typeof location === 'string' || location instanceof URL;
}

function toBytes(bytes: Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> {
  if (!(bytes instanceof Uint8Array)) return toBytes(new Uint8Array(bytes));
  // Shared memory is copied, for neither hashing nor ONNX Runtime takes it.
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
