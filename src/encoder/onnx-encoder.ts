/** Owns the encoder on an ONNX session: load, tokenise, take turns, report. ONNX Runtime is passed in. */

import { onAbort } from '../core/abort-listeners.ts';
import { abortError, closedError, messageOf, toRouterError } from '../core/errors.ts';
import { parseCosine, parseInteger } from '../core/input.ts';
import type { AbortSignalLike, Encoder, EncoderStatus, Encoding, LoadProgress } from '../core/types.ts';
import { fetchFile, loadError, readSource, sha256Hex, type FileSource, type ReadFile } from './model-source.ts';
import { bucketByLength } from './length-buckets.ts';
import { checkInputs, runSession, startRuntime, type OnnxRuntime, type OnnxSession } from './onnx-session.ts';
import { createTextTokenizer, type TextTokenizer, type TokenizedText } from './tokenizer.ts';

/** A run's own cost in tokens of the embedded model: 0.15 of 0.036 ms a token natively, 0.6 of 0.15 in WASM. */
const RUN_TOKENS = 4;

export interface OnnxEncoderOptions {
  readonly ort: OnnxRuntime;
  /** The ONNX file: inputs `input_ids`, `attention_mask` and, if it has one, `token_type_ids`. */
  readonly model: FileSource;
  /** Its tokenizer.json. */
  readonly tokenizer: FileSource;
  /** The most tokens that the model reads; longer texts are cut, and say so. Default 128. */
  readonly maxTokens?: number;
  /** The threshold of routes that name none, in [-1, 1]. Default 0.5. */
  readonly defaultThreshold?: number;
  /** How paths and URLs are read. Default: `fetch`. */
  readonly readFile?: ReadFile;
  /** Passed to `InferenceSession.create`. */
  readonly sessionOptions?: object;
  /** Runtime, device and threads for `status()`. */
  readonly describe?: Pick<EncoderStatus, 'runtime' | 'device' | 'threads' | 'note'>;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignalLike;
}

/**
 * Loads an ONNX sentence-embedding model and answers texts with unit vectors.
 *
 * An output of rank 2 is taken as pooled, one of rank 3 is mean-pooled over the text's tokens. Runs take
 * turns. One text is encoded before this resolves, so that no query pays for warming up.
 *
 * Rejects with `MODEL_LOAD_FAILED`, `UNSUPPORTED`, `ABORTED`, `TIMEOUT`. `encode` rejects with
 * `ENCODER_FAILED`, `ABORTED`, `TIMEOUT`, `CLOSED`.
 */
export async function createOnnxEncoder(options: OnnxEncoderOptions): Promise<Encoder> {
  const { ort, signal } = options;
  const maxTokens = parseInteger(options.maxTokens, 'maxTokens', 128, 1);
  const defaultThreshold = parseCosine(options.defaultThreshold, 'defaultThreshold', 0.5);
  const { describe = { runtime: 'onnxruntime', device: 'unknown', threads: 1 } } = options;
  const { session, tokenizer, fingerprint } = await load(options, maxTokens);
  const warm = await runSession(ort, session, [tokenizer.tokenize('Hello').ids]).catch(async (error: unknown) => {
    await session.release();
    throw toRouterError(error, 'MODEL_LOAD_FAILED', 'The first run of the model');
  });
  const dimensions = warm.length;
  if (signal?.aborted) {
    await session.release();
    throw abortError(signal);
  }
  const takeTurn = createTurns();
  let closing: Promise<void> | undefined;

  async function encode(texts: readonly string[], call: { readonly signal?: AbortSignalLike } = {}): Promise<Encoding> {
    if (closing) throw closedError();
    const tokenized = texts.map((text) => tokenizer.tokenize(text));
    const vectors = await takeTurn(async () => {
      if (call.signal?.aborted) throw abortError(call.signal);
      return runBuckets(ort, session, tokenized, dimensions);
    }).catch((error: unknown) => {
      throw toRouterError(error, 'ENCODER_FAILED', `Encoding ${texts.length} texts`);
    });
    const truncated = [...tokenized.keys()].filter((i) => tokenized[i]?.truncated);
    return { vectors, truncated };
  }

  const id = `onnx-${fingerprint}`;
  return {
    id,
    dimensions,
    defaultThreshold,
    encode,
    status: () => ({ id, dimensions, ...describe }),
    close: () => (closing ??= takeTurn(() => session.release())),
  };
}

/** One vector per text, in as many runs as their lengths are worth; zeros for a text without content. */
async function runBuckets(
  ort: OnnxRuntime,
  session: OnnxSession,
  texts: readonly TokenizedText[],
  dimensions: number,
): Promise<Float32Array> {
  const vectors = new Float32Array(texts.length * dimensions);
  const full = [...texts.entries()].filter(([, { empty }]) => !empty);
  const lengths = full.map(([, { ids }]) => ids.length);
  for (const bucket of bucketByLength(lengths, RUN_TOKENS)) {
    const members = bucket.map((i) => full[i] as (typeof full)[number]);
    const ids = members.map(([, text]) => text.ids);
    const rows = await runSession(ort, session, ids);
    for (const [row, [at]] of members.entries()) {
      vectors.set(rows.subarray(row * dimensions, (row + 1) * dimensions), at * dimensions);
    }
  }
  return vectors;
}

interface LoadedModel {
  readonly session: OnnxSession;
  readonly tokenizer: TextTokenizer;
  readonly fingerprint: string;
}

async function load(options: OnnxEncoderOptions, maxTokens: number): Promise<LoadedModel> {
  // A runtime that cannot start says so again, and to the caller, when it gets the model.
  const starting = startRuntime(options.ort).catch(() => undefined);
  const [model, definition] = await readFiles(options);
  await starting;
  // Hashing and compiling run side by side.
  const hashing = Promise.all([sha256Hex(model), sha256Hex(definition)]);
  const tokenizer = createTextTokenizer(parseDefinition(definition), maxTokens);
  const [session, [modelHash, tokenizerHash]] = await Promise.all([createSession(options, model), hashing]);
  return { session, tokenizer, fingerprint: `${modelHash.slice(0, 16)}-${tokenizerHash.slice(0, 8)}-${maxTokens}` };
}

type Length = number | undefined;

/** Both files side by side, their progress as one. */
async function readFiles(options: OnnxEncoderOptions): Promise<[Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>]> {
  const { model, tokenizer, readFile = fetchFile, signal, onProgress } = options;
  const abort = new AbortController();
  const release = onAbort(signal, () => abort.abort(signal?.reason));
  if (signal?.aborted) abort.abort(signal.reason);
  const files = [model, tokenizer].map((source) => ({ source, loadedBytes: 0, totalBytes: undefined as Length }));
  const reads = files.map((file) =>
    readSource(file.source, readFile, {
      signal: abort.signal,
      onProgress(loadedBytes, totalBytes) {
        Object.assign(file, { loadedBytes, totalBytes });
        onProgress?.({
          loadedBytes: sum(files.map((f) => f.loadedBytes)) ?? 0,
          totalBytes: sum(files.map((f) => f.totalBytes)),
        });
      },
    }),
  );
  try {
    return (await Promise.all(reads)) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  } finally {
    release();
    // Where one file failed, the other need not be loaded to its end.
    abort.abort();
  }
}

async function createSession({ ort, sessionOptions }: OnnxEncoderOptions, model: Uint8Array): Promise<OnnxSession> {
  const session = await ort.InferenceSession.create(model, sessionOptions).catch((error: unknown) => {
    throw toRouterError(error, 'MODEL_LOAD_FAILED', `Starting a model of ${model.byteLength} bytes`);
  });
  try {
    checkInputs(session);
  } catch (error) {
    await session.release();
    throw error;
  }
  return session;
}

/** Runs steps one at a time: ORT's WASM is one machine, and two native runs would fight for the cores. */
function createTurns(): <T>(step: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  };
}

function parseDefinition(bytes: Uint8Array): object {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as object;
  } catch (error) {
    throw loadError(`Got a tokenizer.json that is no JSON: ${messageOf(error)}; check what its URL answers.`, error);
  }
}

/** `undefined` as soon as one part is. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((total, value) => (total === undefined || value === undefined ? undefined : total + value), 0);
}
