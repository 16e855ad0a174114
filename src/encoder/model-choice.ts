/** Owns what a caller may say of the model, and turns it into files and settings: embedded, from the hub, a folder, or two files. */

import { RouterError } from '../core/errors.ts';
import type { AbortSignalLike } from '../core/types.ts';
import { EMBEDDED_MODEL } from './embedded-model.ts';
import { parseLayoutOptions, readLayout, type LayoutOptions } from './hub-layout.ts';
import { locationOf, readSource, type FileSource, type ReadFile } from './model-source.ts';
import type { OnnxEncoderOptions } from './onnx-encoder.ts';
import { findPreset } from './presets.ts';

/** The precision of the weights; each is a file of its own beside the others. */
export type Dtype = 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16';

const FILES: Readonly<Record<Dtype, string>> = {
  fp32: 'onnx/model.onnx',
  fp16: 'onnx/model_fp16.onnx',
  q8: 'onnx/model_quantized.onnx',
  int8: 'onnx/model_int8.onnx',
  uint8: 'onnx/model_uint8.onnx',
  q4: 'onnx/model_q4.onnx',
  q4f16: 'onnx/model_q4f16.onnx',
};

/** A repository of the hub, or of a mirror of it. */
export interface HubModel {
  /** `owner/name`. */
  readonly repo: string;
  /** A commit, tag or branch. Default: the commit of our preset, or `main`, as it is when it is first downloaded. */
  readonly revision?: string;
  /** The ONNX file in the repository. Default: the one of `dtype`. */
  readonly file?: string;
  /** Where `owner/name/resolve/revision/file` lies. Default `https://huggingface.co`. */
  readonly baseUrl?: string | URL;
}

/** What a caller may say of the model; nothing means the embedded one. */
export interface ModelChoice extends LayoutOptions {
  /**
   * With `tokenizer`: an ONNX file. Alone: `owner/name` on the hub, or a folder, URL or ONNX file whose neighbours say
   * the rest. Default: the embedded model.
   */
  readonly model?: FileSource | HubModel;
  /** The model's tokenizer.json. Default: the one beside `model`. */
  readonly tokenizer?: FileSource;
  /** Which of the model's files, where it has several. Default `fp32`. */
  readonly dtype?: Dtype;
  /** The threshold of routes that name none. Default: the embedded model's own, 0.5 for another. */
  readonly defaultThreshold?: number;
}

/** The names of all of it. */
export const MODEL_OPTIONS: Readonly<Record<keyof ModelChoice, true>> = {
  model: true,
  tokenizer: true,
  dtype: true,
  pooling: true,
  prefixes: true,
  maxTokens: true,
  defaultThreshold: true,
};

type ChosenModel = Pick<
  OnnxEncoderOptions,
  | 'model'
  | 'tokenizer'
  | 'maxTokens'
  | 'defaultThreshold'
  | 'pooling'
  | 'prefixes'
  | 'tokenizerConfig'
  | 'graphOptimizationLevel'
>;

interface Folder {
  readonly at: (path: string) => string;
  readonly file: string;
  readonly preset?: ReturnType<typeof findPreset>;
}

/**
 * The caller's model ready for `createOnnxEncoder`; reads the small files of its layout.
 * Rejects with `INVALID_OPTION`, `UNSUPPORTED`, `MODEL_LOAD_FAILED`, `ABORTED`, `TIMEOUT`.
 */
export async function chooseModel(
  choice: ModelChoice,
  readFile: ReadFile,
  signal?: AbortSignalLike,
): Promise<ChosenModel> {
  const { model, tokenizer, defaultThreshold } = choice;
  const given = parseLayoutOptions(choice);
  const threshold = defaultThreshold === undefined ? {} : { defaultThreshold };
  if (model === undefined) {
    if (tokenizer !== undefined) throw missing('`tokenizer` without `model`');
    return { ...EMBEDDED_MODEL, ...given, ...threshold };
  }
  if (tokenizer !== undefined && !isHubModel(model)) return { model, tokenizer, ...given, ...threshold };
  const { at, file, preset } = findFolder(model, parseDtype(choice.dtype));
  const layout = await readLayout((path) => readSource(at(path), readFile, signal ? { signal } : {}), given, preset);
  return { model: at(file), tokenizer: tokenizer ?? at('tokenizer.json'), ...layout, ...threshold };
}

export function isHubModel(model: unknown): model is HubModel {
  return typeof model === 'object' && model !== null && 'repo' in model;
}

/** Whether a text names a repository of the hub, and neither a path nor a URL. */
export function isRepo(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/.test(text) && !text.endsWith('.onnx');
}

function findFolder(model: FileSource | HubModel, dtype: Dtype): Folder {
  if (isHubModel(model)) return findRepo(model, dtype);
  if (isRepo(model)) return findRepo({ repo: model }, dtype);
  const location = locationOf(model);
  if (location === undefined) throw missing('the bytes of a model without `tokenizer`');
  const path = String(location).replace(/\/+$/, '');
  const [, folder, file] = /^(.*?)\/((?:onnx\/)?[^/]+\.onnx)$/.exec(path) ?? [];
  if (folder !== undefined && file !== undefined) return { at: (name) => `${folder}/${name}`, file };
  if (path.endsWith('.onnx')) return { at: (name) => name, file: path };
  return { at: (name) => `${path}/${name}`, file: FILES[dtype] };
}

function findRepo({ repo, revision, file, baseUrl = 'https://huggingface.co' }: HubModel, dtype: Dtype): Folder {
  if (!isRepo(repo)) {
    throw new RouterError('INVALID_OPTION', `Expected \`model.repo\` to be owner/name, got ${String(repo)}.`);
  }
  const preset = findPreset(repo);
  const base = `${String(baseUrl).replace(/\/+$/, '')}/${repo}/resolve/${encodeURIComponent(revision ?? preset?.revision ?? 'main')}`;
  return { at: (path) => `${base}/${path}`, file: file ?? FILES[dtype], preset };
}

function parseDtype(dtype: Dtype = 'fp32'): Dtype {
  if (Object.hasOwn(FILES, dtype)) return dtype;
  throw new RouterError(
    'INVALID_OPTION',
    `Expected \`dtype\` to be ${Object.keys(FILES).join(', ')}, got ${dtype as string}.`,
  );
}

function missing(got: string): RouterError {
  return new RouterError(
    'INVALID_OPTION',
    `Got ${got}; pass \`model\` and \`tokenizer\`, a folder or repository as \`model\`, or neither for the embedded model.`,
  );
}
