/** Owns where the package's own model lies and what routing needs to know of it. */

import { RouterError } from '../core/errors.ts';
import type { FileSource } from './model-source.ts';

/** What a caller may say of the model; nothing means the embedded one. */
export interface ModelChoice {
  /** An ONNX file. Goes with `tokenizer`. Default: the embedded model. */
  readonly model?: FileSource;
  /** The model's tokenizer.json. */
  readonly tokenizer?: FileSource;
  /** The most tokens that the model reads. Default 128. */
  readonly maxTokens?: number;
  /** The threshold of routes that name none. Default: the embedded model's own, 0.5 for another. */
  readonly defaultThreshold?: number;
}

/** Google's Universal Sentence Encoder Lite, int8; see models/use-lite/README.md. */
const EMBEDDED_MODEL = {
  // Their lengths, so that progress has a total where a server compresses what it sends.
  model: {
    location: new URL('../../models/use-lite/onnx/model_quantized.onnx', import.meta.url),
    byteLength: 7_088_185,
  },
  tokenizer: { location: new URL('../../models/use-lite/tokenizer.json', import.meta.url), byteLength: 218_853 },
  maxTokens: 128,
  // The best of 0.30 to 0.90 on CLINC150's train and val is 0.56 at 3 utterances a route, 0.61 at 5, 0.66 at 10: bench/threshold.ts.
  defaultThreshold: 0.6,
} as const;

/** The caller's model, or the embedded one, ready for `createOnnxEncoder`. Throws `INVALID_OPTION` for half a choice. */
export function chooseModel(
  choice: ModelChoice,
): ModelChoice & { readonly model: FileSource; readonly tokenizer: FileSource } {
  const { model, tokenizer, maxTokens, defaultThreshold } = choice;
  const limits = {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(defaultThreshold !== undefined && { defaultThreshold }),
  };
  if (model !== undefined && tokenizer !== undefined) return { model, tokenizer, ...limits };
  if (model === undefined && tokenizer === undefined) return { ...EMBEDDED_MODEL, ...limits };
  throw new RouterError(
    'INVALID_OPTION',
    'Got one of `model` and `tokenizer`; pass both, or neither for the embedded model.',
  );
}
