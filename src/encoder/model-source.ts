/** Owns how a model's file is found, read and verified: path, URL or bytes in, bytes out. */

import type { AbortSignalLike } from '../core/types.ts';
import { RouterError } from '../core/errors.ts';
import { loadError } from './load-errors.ts';

/** Where a file is: a URL (in Node also a path), or its bytes. */
export type FileLocation = string | URL | Uint8Array | ArrayBuffer;

/** A file with what it must be; a deviation is `MODEL_LOAD_FAILED`. */
export interface VerifiedFile {
  readonly location: FileLocation;
  readonly byteLength?: number;
  /** Hex. */
  readonly sha256?: string;
}

export type FileSource = FileLocation | VerifiedFile;

type Bytes = Uint8Array<ArrayBuffer>;

export interface ReadOptions {
  readonly signal?: AbortSignalLike;
  readonly onProgress?: (loadedBytes: number, totalBytes: number | undefined) => void;
  /**
   * Resolves to the bytes' SHA-256, and rejects for bytes that are not the file; a reader that keeps files calls it
   * before it keeps or uses one.
   */
  readonly verify: (bytes: Bytes) => Promise<string>;
}

/** Reads a whole file from where the platform can. */
export type ReadFile = (location: string | URL, options: ReadOptions) => Promise<Bytes>;

export interface SourceOptions<T> extends Omit<ReadOptions, 'verify'> {
  /** What the bytes mean. Throws for bytes that mean nothing, as those of a file that was cut. */
  readonly parse: (bytes: Bytes, name: string) => T;
}

/** A file whose length and form are right. */
export interface SourceFile<T> {
  readonly bytes: Bytes;
  readonly value: T;
  /** Hashes the bytes, once. Rejects with `MODEL_LOAD_FAILED` where the file should have another hash. */
  readonly sha256: () => Promise<string>;
}

/** Reads a file and verifies all but its hash. Rejects with `MODEL_LOAD_FAILED`, `ABORTED`, `TIMEOUT`, `UNSUPPORTED`. */
export async function readSource<T>(
  source: FileSource,
  readFile: ReadFile,
  { parse, ...options }: SourceOptions<T>,
): Promise<SourceFile<T>> {
  const file = parseSource(source);
  const { location, byteLength } = file;
  let last: SourceFile<T> | undefined;
  const examine = (bytes: Bytes): SourceFile<T> =>
    last?.bytes === bytes ? last : (last = examineFile(file, bytes, parse));
  const onProgress = (loadedBytes: number, totalBytes: number | undefined): void =>
    options.onProgress?.(loadedBytes, byteLength ?? totalBytes);
  const verify = async (bytes: Bytes): Promise<string> => examine(bytes).sha256();
  const bytes = isUrl(location) ? await readFile(location, { ...options, onProgress, verify }) : toBytes(location);
  const examined = examine(bytes);
  options.onProgress?.(bytes.byteLength, bytes.byteLength);
  return examined;
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

function examineFile<T>(file: VerifiedFile, bytes: Bytes, parse: SourceOptions<T>['parse']): SourceFile<T> {
  const { byteLength } = file;
  const name = nameOf(file);
  if (byteLength !== undefined && bytes.byteLength !== byteLength) {
    throw loadError(
      `Got ${bytes.byteLength} bytes from ${name}, expected ${byteLength}; check that the file is whole.`,
    );
  }
  if (startsAsHtml(bytes)) {
    throw loadError(`Got an HTML page from ${name}, expected a model's file; check what the URL answers.`);
  }
  let hashing: Promise<string> | undefined;
  return { bytes, value: parse(bytes, name), sha256: () => (hashing ??= hashFile(file, bytes)) };
}

async function hashFile(file: VerifiedFile, bytes: Bytes): Promise<string> {
  const { sha256 } = file;
  const actual = await sha256Hex(bytes);
  if (sha256 === undefined || actual === sha256.toLowerCase()) return actual;
  throw loadError(
    `Got SHA-256 ${actual} for ${nameOf(file)}, expected ${sha256}; the file is not the one that was meant.`,
  );
}

/** Neither ONNX nor JSON begins with `<`; the page of a server that has no such file does. */
function startsAsHtml(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 64)).trimStart().startsWith('<');
}

export async function sha256Hex(bytes: Bytes): Promise<string> {
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
  const { location, sha256 } = (file as Partial<VerifiedFile> | null) ?? {};
  const isHash = sha256 === undefined || (typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256));
  if (isHash && (isUrl(location) || location instanceof Uint8Array || isBuffer(location))) return file;
  throw new RouterError(
    'INVALID_OPTION',
    'Got a model file that is no path, URL or bytes; pass one of these, or {location, byteLength?, sha256?}, the hash in hex.',
  );
}

function isBuffer(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer || Object.prototype.toString.call(value) === '[object SharedArrayBuffer]';
}

function isUrl(location: unknown): location is string | URL {
  return typeof location === 'string' || location instanceof URL;
}

function toBytes(bytes: Uint8Array | ArrayBuffer): Bytes {
  if (!(bytes instanceof Uint8Array)) return toBytes(new Uint8Array(bytes));
  // Shared memory is copied, for neither hashing nor ONNX Runtime takes it.
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}
