/** Owns where the package's own model lies beside this file. */

import { EMBEDDED_FILES } from './embedded-files.ts';
import { EMBEDDED_SETTINGS } from './embedded-settings.ts';
import type { VerifiedFile } from './model-source.ts';

interface EmbeddedModel {
  readonly model: VerifiedFile;
  readonly tokenizer: VerifiedFile;
  readonly maxTokens: number;
  readonly defaultThreshold: number;
  readonly graphOptimizationLevel: 'basic' | 'all';
}

/** Google's Universal Sentence Encoder Lite, int8; see models/use-lite/README.md. */
export const EMBEDDED_MODEL: EmbeddedModel = {
  // Written out, so that bundlers find the files.
  model: {
    location: new URL('../../models/use-lite/onnx/model_quantized.onnx', import.meta.url),
    ...EMBEDDED_FILES.model,
  },
  tokenizer: {
    location: new URL('../../models/use-lite/tokenizer.json', import.meta.url),
    ...EMBEDDED_FILES.tokenizer,
  },
  ...EMBEDDED_SETTINGS,
};
