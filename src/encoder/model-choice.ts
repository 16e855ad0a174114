/** Owns what a caller may say of the model, and turns it into files and settings: embedded, from the hub, a folder, or two files. */

import { RouterError } from '../core/errors.ts';
import { show } from '../core/guard.ts';
import type { AbortSignalLike } from '../core/types.ts';
import { EMBEDDED_MODEL } from './embedded-model.ts';
import type { LayoutOptions } from './hub-layout.ts';
import type { FileSource, ReadFile } from './model-source.ts';
import type { OnnxEncoderOptions } from './onnx-encoder.ts';
import { POOLINGS } from './pooling.ts';
import { parsePrefixes } from './prefixes.ts';

/** The precision of the weights; each is a file of its own beside the others. */
export type Dtype = 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8' | 'q4' | 'q4f16';

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
  /**
   * The SHA-256 of files by their path, in hex; the ONNX file and tokenizer.json must be among them. Default: those of
   * our preset, where it has some.
   */
  readonly sha256?: Readonly<Record<string, string>>;
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

export type ChosenModel = Pick<
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
  // Most callers have the embedded model, and need none of this.
  const { readFolder } = await import('./model-folder.ts');
  return { ...(await readFolder(choice, given, readFile, signal)), ...threshold };
}

export function isHubModel(model: unknown): model is HubModel {
  return typeof model === 'object' && model !== null && 'repo' in model;
}

/** Whether a text names a repository of the hub, and neither a path nor a URL. */
export function isRepo(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z0-9][\w.-]*\/[\w.-]*[\w-]$/.test(text) && !text.endsWith('.onnx');
}

/** The caller's part of a layout, checked. Throws `INVALID_OPTION`. */
function parseLayoutOptions({ pooling, maxTokens, prefixes }: LayoutOptions): LayoutOptions {
  if (pooling !== undefined && !POOLINGS.includes(pooling)) {
    throw new RouterError('INVALID_OPTION', `Expected \`pooling\` to be ${POOLINGS.join(', ')}, got ${show(pooling)}.`);
  }
  parsePrefixes(prefixes);
  return {
    ...(pooling !== undefined && { pooling }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(prefixes !== undefined && { prefixes }),
  };
}

/** A part of the model that goes with another. */
export function missing(got: string): RouterError {
  return new RouterError(
    'INVALID_OPTION',
    `Got ${got}; pass \`model\` and \`tokenizer\`, a folder or repository as \`model\`, or neither for the embedded model.`,
  );
}
