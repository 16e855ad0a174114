/** Owns how a model's file is found, read and verified: path, URL or bytes in, bytes out. */

import type { AbortSignalLike } from '../core/types.ts';
import { RouterError, abortError, messageOf } from '../core/errors.ts';

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
}

/** Reads a whole file from where the platform can. */
export type ReadFile = (location: string | URL, options: ReadOptions) => Promise<Uint8Array<ArrayBuffer>>;

/** Reads a file and verifies it. Rejects with `MODEL_LOAD_FAILED`, `ABORTED`, `TIMEOUT`, `UNSUPPORTED`. */
export async function readSource(
  source: FileSource,
  readFile: ReadFile,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { location, byteLength, sha256 } = parseSource(source);
  const name = typeof location === 'string' || location instanceof URL ? String(location) : 'the given bytes';
  const onProgress = (loadedBytes: number, totalBytes: number | undefined): void =>
    options.onProgress?.(loadedBytes, byteLength ?? totalBytes);
  const bytes = isUrl(location) ? await readFile(location, { ...options, onProgress }) : toBytes(location);
  if (byteLength !== undefined && bytes.byteLength !== byteLength) {
    throw loadError(
      `Got ${bytes.byteLength} bytes from ${name}, expected ${byteLength}; check that the file is whole.`,
    );
  }
  if (sha256 !== undefined) {
    const actual = await sha256Hex(bytes);
    if (actual !== sha256.toLowerCase()) {
      throw loadError(`Got SHA-256 ${actual} for ${name}, expected ${sha256}; the file is not the one that was meant.`);
    }
  }
  options.onProgress?.(bytes.byteLength, bytes.byteLength);
  return bytes;
}

/** `ReadFile` for every platform with `fetch`: streams, so that progress is seen and memory is used once. */
export async function fetchFile(
  location: string | URL,
  { signal, onProgress }: ReadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(location, signal ? { signal: signal as AbortSignal } : {});
    if (!response.ok) {
      throw loadError(`Got HTTP status ${response.status} from ${location}, expected 200; check the URL.`);
    }
    return await readBody(response, onProgress);
  } catch (error) {
    if (error instanceof RouterError) throw error;
    if (signal?.aborted) throw abortError(signal);
    throw loadError(`Loading ${location} failed: ${messageOf(error)}; check the URL and the connection.`, error);
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

export function loadError(message: string, cause?: unknown): RouterError {
  return new RouterError('MODEL_LOAD_FAILED', message, cause === undefined ? undefined : { cause });
}

async function readBody(response: Response, onProgress: ReadOptions['onProgress']): Promise<Uint8Array<ArrayBuffer>> {
  // With a Content-Encoding the length counts compressed bytes, which are never seen here.
  const header = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  const totalBytes = header === null ? undefined : Number(header);
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let loadedBytes = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    loadedBytes += value.byteLength;
    onProgress?.(loadedBytes, totalBytes);
  }
  const bytes = new Uint8Array(loadedBytes);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
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
