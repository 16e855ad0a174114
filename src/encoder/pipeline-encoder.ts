/** Owns the encoder on a feature-extraction pipeline of transformers.js, known by its shape alone. */

import { guarded, show } from '../core/guard.ts';
import { RouterError, toRouterError } from '../core/errors.ts';
import type { Device, EncodeOptions, Encoder, TextKind } from '../core/types.ts';
import { createTurns } from '../core/turns.ts';
import { createFunctionEncoder } from './function-encoder.ts';
import type { LayoutOptions } from './hub-layout.ts';
import { sha256Hex } from './model-source.ts';
import type { Pooling } from './pooling.ts';
import { parsePrefixes } from './prefixes.ts';

/** What is used of a `feature-extraction` pipeline of `@huggingface/transformers` 3 or 4 or `@xenova/transformers` 2. */
export interface FeatureExtractionPipeline {
  (
    texts: string[],
    options: { pooling?: 'none' | 'mean' | 'cls' | 'last_token'; normalize?: boolean },
  ): Promise<{ readonly data: unknown; readonly dims: readonly number[] }>;
  readonly model?: unknown;
  readonly tokenizer?: unknown;
}

export interface PipelineEncoderOptions extends Pick<LayoutOptions, 'prefixes'> {
  /** How tokens are pooled. Default `mean`. */
  readonly pooling?: Exclude<Pooling, 'none'>;
  /** Default: from the pipeline's model, its precision, pooling and prefixes. */
  readonly id?: string;
  /** The precision of the weights, where the pipeline does not tell. Default: what it tells, else `unknown`. */
  readonly dtype?: string;
  /**
   * The most texts in one call. Default: 32 for `fp32` and `fp16`, 1 for others, whose answers may depend on their
   * neighbours in the call.
   */
  readonly maxBatchSize?: number;
  /** The threshold of routes that name none, in [-1, 1]. Default 0.5. */
  readonly defaultThreshold?: number;
}

interface PipelineParts {
  readonly model?: {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly sessions?: Readonly<
      Record<string, { readonly config?: { readonly dtype?: string; readonly device?: string } }>
    >;
  };
  readonly tokenizer?: { readonly model_max_length?: number; encode?(text: string): readonly number[] };
}

const POOLINGS = { mean: 'mean', cls: 'cls', last: 'last_token' } as const;

/**
 * An encoder on a pipeline that you have: `createPipelineEncoder(await pipeline('feature-extraction', 'owner/name'))`.
 * The pipeline stays yours to dispose of.
 *
 * Rejects with `INVALID_OPTION` for what is no such pipeline, `ENCODER_FAILED` where its first run fails.
 */
export async function createPipelineEncoder(
  pipeline: FeatureExtractionPipeline,
  options: PipelineEncoderOptions = {},
): Promise<Encoder> {
  try {
    return await fromPipeline(pipeline, options);
  } catch (error) {
    // Its parts may be anything, and are read here and there.
    throw toRouterError(error, 'INVALID_OPTION', 'Reading the pipeline');
  }
}

async function fromPipeline(pipeline: FeatureExtractionPipeline, options: PipelineEncoderOptions): Promise<Encoder> {
  const { pooling, prefixes, defaultThreshold, maxBatchSize, ...given } = parseOptions(pipeline, options);
  const { model, tokenizer } = pipeline as unknown as PipelineParts;
  const session = Object.values(model?.sessions ?? {})[0]?.config;
  const dtype = given.dtype ?? session?.dtype ?? 'unknown';
  const turns = createTurns();
  const prefixed = (texts: readonly string[], kind: TextKind): string[] =>
    texts.map((text) => (prefixes[kind] ?? '') + text);

  async function run(texts: readonly string[], { kind = 'query' }: EncodeOptions): Promise<Float32Array> {
    const { data } = await turns.take(() =>
      pipeline(prefixed(texts, kind), { pooling: POOLINGS[pooling], normalize: true }),
    );
    if (data instanceof Float32Array) return data;
    throw new RouterError(
      'ENCODER_FAILED',
      'Got no float32 vectors from the pipeline; pass one for feature-extraction.',
    );
  }

  const { length: dimensions } = await run(['Hello'], {}).catch((error: unknown) => {
    throw toRouterError(error, 'ENCODER_FAILED', 'The first run of the pipeline');
  });
  const most = tokenizer?.model_max_length ?? Infinity;
  return createFunctionEncoder({
    id:
      given.id ?? (await fingerprint([model?.config, dtype, pooling, prefixes.query, prefixes.utterance, dimensions])),
    dimensions,
    encode: run,
    maxBatchSize: maxBatchSize ?? (['fp32', 'fp16'].includes(dtype) ? 32 : 1),
    // A model's run that fails here fails again.
    retry: { maxRetries: 0 },
    findTruncated: (texts, kind) =>
      [...prefixed(texts, kind).entries()]
        .filter(([, text]) => (tokenizer?.encode?.(text).length ?? 0) > most)
        .map(([i]) => i),
    describe: { runtime: 'transformers.js', device: deviceOf(session?.device), threads: 1 },
    ...(defaultThreshold !== undefined && { defaultThreshold }),
  });
}

/** Each read once. */
const parseOptions = guarded((pipeline: FeatureExtractionPipeline, options: PipelineEncoderOptions) => {
  const { pooling = 'mean', defaultThreshold, dtype, id, maxBatchSize } = options;
  const prefixes = parsePrefixes(options.prefixes);
  if (typeof pipeline !== 'function' || !(typeof pooling === 'string' && Object.hasOwn(POOLINGS, pooling))) {
    throw new RouterError(
      'INVALID_OPTION',
      `Got ${typeof pipeline === 'function' ? `\`pooling\` ${show(pooling)}, wanted mean, cls or last` : `${typeof pipeline} as a pipeline`}; pass what pipeline('feature-extraction', …) resolves to.`,
    );
  }
  if (dtype !== undefined && typeof dtype !== 'string') {
    throw new RouterError('INVALID_OPTION', `Expected \`dtype\` to be a string, got ${show(dtype)}.`);
  }
  return { pooling, prefixes, defaultThreshold, dtype, id, maxBatchSize };
});

async function fingerprint(parts: readonly unknown[]): Promise<string> {
  const [config] = parts as readonly [Readonly<Record<string, unknown>> | undefined];
  // What one release of transformers.js works out beside the model's own words another may not.
  const { normalized_config: _, 'transformers.js_config': __, ...own } = config ?? {};
  const sorted = Object.entries(own).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const bytes = new TextEncoder().encode(JSON.stringify([sorted, ...parts.slice(1)]));
  return `pipeline-${(await sha256Hex(bytes)).slice(0, 24)}`;
}

function deviceOf(device: string | undefined): Device {
  // In Node, `cpu` is onnxruntime-node.
  if (device === 'cpu') return 'native';
  return device === 'wasm' || device === 'webgpu' ? device : 'unknown';
}
