/** Owns the encoder on an ONNX session: load, tokenise, take turns, report. ONNX Runtime is passed in. */

import { onAbort } from '../core/abort-listeners.ts';
import { abortError, closedError, toRouterError } from '../core/errors.ts';
import { guarded } from '../core/guard.ts';
import { parseCosine, parseInteger, parseObject } from '../core/input.ts';
import type {
  EncodeOptions,
  Encoder,
  Encoding,
  LoadProgress,
  LoadingTimes,
  AbortSignalLike,
  Clock,
} from '../core/types.ts';
import { createTurns, type Turns } from '../core/turns.ts';
import { accelerate, type Accelerator } from './accelerator.ts';
import { parseJson } from './json-file.ts';
import { loadError, MissingFileError } from './load-errors.ts';
import { nameOf, readSource, sha256Hex, type FileSource, type ReadFile, type SourceFile } from './model-source.ts';
import { checkWhole } from './onnx-file.ts';
import {
  createSessionRunner,
  startRuntime,
  type OnnxRuntime,
  type RunnerStatus,
  type SessionSettings,
  type TokenRunner,
} from './onnx-session.ts';
import type { Pooling } from './pooling.ts';
import { parsePrefixes, type Prefixes } from './prefixes.ts';
import { trackFiles } from './progress.ts';
import { createTextRuns } from './text-runs.ts';
import { createTextTokenizer, type TextTokenizer } from './tokenizer.ts';

/** Of usual length, for measuring devices. */
const SAMPLE_TEXT = 'Could you please help me to change my order?';

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
  /** How far the runtime reworks the graph before its first run; what that gains depends on the model. Default `all`. */
  readonly graphOptimizationLevel?: 'basic' | 'all';
  /** Passed to `InferenceSession.create`. */
  readonly sessionOptions?: object;
  /** How a model that answers with token vectors is pooled. Default `mean`. */
  readonly pooling?: Pooling;
  /** What is put before each text, by its kind. Default: nothing. */
  readonly prefixes?: Prefixes;
  /** The parsed tokenizer_config.json, where the model has one. */
  readonly tokenizerConfig?: object;
  /** Runtime, device and threads for `status()`. */
  readonly describe?: RunnerStatus;
  /** Other devices beside `ort`'s, used for what they do faster. */
  readonly accelerator?: Accelerator;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly signal?: AbortSignalLike;
  /**
   * Runs a callback after the events that already wait. With it a call of many tokens becomes several runs, between which
   * others go; without it every call is one, which large runs on a GPU need.
   */
  readonly soon?: Clock['soon'];
}

/** An encoder that says where it runs, and must be closed. */
export type OnnxEncoder = Encoder & Required<Pick<Encoder, 'status' | 'close'>>;

/**
 * Loads an ONNX sentence-embedding model and answers texts with unit vectors.
 *
 * An output of rank 2 is taken as pooled, one of rank 3 is pooled over the text's tokens. Runs take turns. One text is encoded before this resolves, so that no query pays for warming up.
 *
 * Rejects with `MODEL_LOAD_FAILED`, `UNSUPPORTED`, `ABORTED`, `TIMEOUT`. `encode` rejects with
 * `ENCODER_FAILED`, `ABORTED`, `TIMEOUT`, `CLOSED`.
 */
export async function createOnnxEncoder(given: OnnxEncoderOptions): Promise<OnnxEncoder> {
  const options = guarded(() => ({ ...(parseObject(given, 'options') as OnnxEncoderOptions) }))();
  const { signal, soon } = options;
  const prefixes = guarded(parsePrefixes)(options.prefixes);
  const maxTokens = parseInteger(options.maxTokens, 'maxTokens', 128, 1);
  const defaultThreshold = parseCosine(options.defaultThreshold, 'defaultThreshold', 0.5);
  const loaded = await load(options, maxTokens).catch((error: unknown) => {
    throw toRouterError(error, 'MODEL_LOAD_FAILED', 'Loading the model');
  });
  const { id, tokenizer, model } = loaded;
  const turns = createTurns();
  const { dimensions, runner, firstRunMs } = await warmUp(loaded, options, turns);
  const loading = { ...loaded.times, firstRunMs };
  const runsAlone = isDynamicallyQuantised(model);
  const encodeInRuns = createTextRuns({ tokenizer, maxTokens, runner, dimensions, runsAlone, turns, soon });
  let closing: Promise<void> | undefined;
  /** Resolves when every call so far is answered. */
  let settled: Promise<void> = Promise.resolve();
  if (signal?.aborted) {
    await runner.close();
    throw abortError(signal);
  }

  async function encode(texts: readonly string[], call: EncodeOptions = {}): Promise<Encoding> {
    if (closing) throw closedError();
    const encoding = encodeInRuns(texts, prefixes[call.kind ?? 'query'] ?? '', call.signal).catch((error: unknown) => {
      throw toRouterError(error, 'ENCODER_FAILED', `Encoding ${texts.length} texts`);
    });
    // Keeps no vectors: the chain lives as long as the encoder.
    settled = Promise.allSettled([settled, encoding]).then(() => undefined);
    return encoding;
  }

  return {
    id,
    dimensions,
    defaultThreshold,
    encode,
    status: () => ({ id, dimensions, ...runner.status(), loading }),
    close: () => (closing ??= settled.then(() => turns.take(() => runner.close()))),
  };
}

type Bytes = Uint8Array<ArrayBuffer>;

interface LoadedModel {
  readonly id: string;
  readonly model: Bytes;
  readonly runner: TokenRunner;
  readonly settings: SessionSettings;
  readonly tokenizer: TextTokenizer;
  readonly times: Omit<LoadingTimes, 'firstRunMs'>;
}

async function load(options: OnnxEncoderOptions, maxTokens: number): Promise<LoadedModel> {
  const { ort, graphOptimizationLevel = 'all', pooling = 'mean', prefixes = {}, tokenizerConfig = {} } = options;
  const settings = { sessionOptions: { ...options.sessionOptions, graphOptimizationLevel }, pooling };
  const { describe = { runtime: 'onnxruntime', device: 'unknown', threads: 1 } } = options;
  const since = stopwatch();
  // A runtime that cannot start says so again, and to the caller, when it gets the model.
  const starting = startRuntime(ort).then(since, since);
  const [model, definition] = await readFiles(options);
  const filesMs = since();
  const runtimeMs = await starting;
  const sinceLoaded = stopwatch();
  const textSettings = new TextEncoder().encode(JSON.stringify([prefixes.query, prefixes.utterance, tokenizerConfig]));
  const tokenizer = createTextTokenizer(definition.value, maxTokens, tokenizerConfig);
  // Hashing and compiling run side by side; nobody gets a runner of bytes that are not the file.
  const [hashing, compiling] = await Promise.allSettled([
    Promise.all([model.sha256(), definition.sha256(), sha256Hex(textSettings)]),
    createSessionRunner({ ort, describe, ...settings }, model.bytes),
  ]);
  if (hashing.status === 'rejected') {
    if (compiling.status === 'fulfilled') await compiling.value.close();
    throw hashing.reason;
  }
  if (compiling.status === 'rejected') throw compiling.reason;
  const runner = compiling.value;
  const [modelHash, tokenizerHash, settingsHash] = hashing.value;
  const isPlain = Object.keys({ ...prefixes, ...tokenizerConfig }).length === 0;
  const id = [
    `onnx-${modelHash.slice(0, 16)}-${tokenizerHash.slice(0, 8)}-${maxTokens}`,
    ...(pooling === 'mean' ? [] : [pooling]),
    ...(isPlain ? [] : [settingsHash.slice(0, 8)]),
  ].join('-');
  return {
    id,
    model: model.bytes,
    runner,
    settings,
    tokenizer,
    times: { filesMs, runtimeMs, sessionMs: sinceLoaded() },
  };
}

/** The first run, and other devices where there are to be some. */
async function warmUp(
  { id, model, runner, settings, tokenizer }: LoadedModel,
  { accelerator }: OnnxEncoderOptions,
  turns: Turns,
): Promise<{ readonly dimensions: number; readonly runner: TokenRunner; readonly firstRunMs: number }> {
  const sample = tokenizer.tokenize(SAMPLE_TEXT).ids;
  try {
    const since = stopwatch();
    const { length: dimensions } = await runner.run([tokenizer.tokenize('Hello').ids]);
    const firstRunMs = since();
    if (!accelerator) return { dimensions, runner, firstRunMs };
    const accelerated = await accelerate(runner, { accelerator, model, settings, sample, key: id, turns });
    return { dimensions, runner: accelerated, firstRunMs };
  } catch (error) {
    await runner.close();
    throw toRouterError(error, 'MODEL_LOAD_FAILED', 'The first run of the model');
  }
}

/** Milliseconds since it was made. */
function stopwatch(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}

/** Both files side by side, their progress as one. */
async function readFiles(options: OnnxEncoderOptions): Promise<[SourceFile<void>, SourceFile<object>]> {
  const { model, tokenizer, readFile = fetchFile, signal } = options;
  const abort = new AbortController();
  const release = onAbort(signal, () => abort.abort(signal?.reason));
  if (signal?.aborted) abort.abort(signal.reason);
  const sources = [model, tokenizer];
  const listeners = trackFiles(sources.map(nameOf), options.onProgress);
  const advice = ['name another file by `dtype` or `model`', 'pass the `tokenizer` that belongs to the model'];
  const read = async <T>(i: number, parse: (bytes: Bytes, name: string) => T): Promise<SourceFile<T>> => {
    const request = { signal: abort.signal, onProgress: listeners[i] as Listener, parse };
    try {
      return await readSource(sources[i] as FileSource, readFile, request);
    } catch (error) {
      if (error instanceof MissingFileError) throw loadError(`${error.message} Or ${advice[i]}.`, error);
      throw error;
    }
  };
  try {
    return await Promise.all([read(0, checkWhole), read(1, parseJson)]);
  } finally {
    release();
    // Where one file failed, the other need not be loaded to its end.
    abort.abort();
  }
}

/** Loaded by those who have no reader of their own. */
const fetchFile: ReadFile = async (location, request) =>
  (await import('./fetch-reader.ts')).createFetchReader()(location, request);

type Listener = ReturnType<typeof trackFiles>[number];

/** Whether activations are quantised by what else is in the run: such texts must run alone to stay what they are. */
function isDynamicallyQuantised(model: Uint8Array): boolean {
  const wanted = new TextEncoder().encode('DynamicQuantizeLinear');
  for (let at = model.indexOf(wanted[0] as number); at >= 0; at = model.indexOf(wanted[0] as number, at + 1)) {
    if (wanted.every((byte, i) => model[at + i] === byte)) return true;
  }
  return false;
}
