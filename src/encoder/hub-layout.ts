/** Owns reading a model's own files for how it wants to be fed and pooled: the Hugging Face and sentence-transformers layout. */

import { RouterError } from '../core/errors.ts';
import { loadError, MissingFileError } from './load-errors.ts';
import type { Pooling } from './pooling.ts';
import { isRepositoryPath } from './repository-path.ts';
import type { Prefixes } from './prefixes.ts';

/** How a model is fed and pooled. */
export interface LayoutOptions {
  /**
   * How the tokens' vectors become one: their mean, the first one, or the last one; `none` for a model that does it
   * itself. Default: what the model's sentence-transformers files say.
   */
  readonly pooling?: Pooling;
  /** The most tokens that the model reads; longer texts are cut, and say so. Default: the most that it can. */
  readonly maxTokens?: number;
  /** What is put before queries and utterances, as E5 wants it. Default: the model's own prompts, or nothing. */
  readonly prefixes?: Prefixes;
}

export interface Layout extends Required<LayoutOptions> {
  /** The parsed tokenizer_config.json. */
  readonly tokenizerConfig: object;
}

/** Reads a JSON file of the model's folder; rejects with `MissingFileError` where there is none. */
export type ReadLayoutFile = (path: string) => Promise<object>;

type Json = Readonly<Record<string, unknown>>;

/** Of a model that says nothing: what BERT's relatives read. */
const USUAL_MAX_TOKENS = 512;

/** Transformers whose positions begin after the padding token's number. */
const OFFSET_POSITIONS = ['roberta', 'xlm-roberta', 'camembert', 'mpnet'];

/**
 * Resolves to the model's layout: the caller's word first, then its files', then the preset's.
 * Rejects with `UNSUPPORTED` for what an ONNX file and we cannot do, `MODEL_LOAD_FAILED`, `INVALID_OPTION`.
 */
export async function readLayout(
  read: ReadLayoutFile,
  given: LayoutOptions,
  preset: LayoutOptions = {},
): Promise<Layout> {
  const optional = (path: string): Promise<Json | undefined> => readJson(read, path);
  const [config, tokenizerConfig, modules, transformer, sentence] = await Promise.all([
    optional('config.json'),
    optional('tokenizer_config.json'),
    optional('modules.json'),
    optional('sentence_bert_config.json'),
    optional('config_sentence_transformers.json'),
  ]);
  const poolingPath = given.pooling === undefined ? findPoolingModule(modules) : undefined;
  const pooling = poolingPath === undefined ? undefined : await optional(`${poolingPath}/config.json`);
  const prefixes = given.prefixes ?? preset.prefixes ?? readPrompts(sentence);
  if (pooling?.['include_prompt'] === false && Object.values(prefixes).some((prefix) => prefix !== '')) {
    throw new RouterError(
      'UNSUPPORTED',
      'Got a model that leaves its prompts out of the pooling; pass `prefixes: {}` to use it without them.',
    );
  }
  const most = readMaxTokens(config, tokenizerConfig, transformer) ?? preset.maxTokens;
  if (most !== undefined && given.maxTokens !== undefined && given.maxTokens > most) {
    throw new RouterError(
      'INVALID_OPTION',
      `Expected \`maxTokens\` to be at most ${most}, which is all that the model reads, got ${given.maxTokens}.`,
    );
  }
  return {
    pooling: given.pooling ?? (pooling && readPooling(pooling)) ?? preset.pooling ?? 'none',
    maxTokens: given.maxTokens ?? Math.min(most ?? USUAL_MAX_TOKENS, preset.maxTokens ?? Infinity),
    prefixes,
    tokenizerConfig: tokenizerConfig ?? {},
  };
}

/** The folder of the pooling module; 1_Pooling for a model without a list of modules. */
function findPoolingModule(modules: Json | undefined): string | undefined {
  if (!modules) return '1_Pooling';
  const list = Array.isArray(modules) ? (modules as readonly (Json | null)[]) : [];
  const kinds = list.map((module) => ({ kind: kindOf(module?.['type']), path: module?.['path'] }));
  const strange = kinds.find(({ kind }) => !['Transformer', 'Pooling', 'Normalize'].includes(kind));
  if (strange) {
    throw new RouterError(
      'UNSUPPORTED',
      `Got a model with a ${strange.kind} module, which its ONNX file may lack; pass one that ends in the sentence's vector, with \`pooling: 'none'\`.`,
    );
  }
  const pooling = kinds.find(({ kind }) => kind === 'Pooling');
  if (!pooling || isRepositoryPath(pooling.path)) return pooling?.path as string | undefined;
  throw loadError(
    'Got a modules.json whose pooling module has no plain relative path (parts of letters, digits and _ . + -); do not trust this model, or pass `pooling`.',
  );
}

/** A word; what else a repository says is not repeated. */
function kindOf(type: unknown): string {
  return /(?:^|\.)(\w{1,40})$/.exec(typeof type === 'string' ? type : '')?.[1] ?? 'nameless';
}

function readPooling(config: Json): Pooling {
  const named = new Map<unknown, Pooling>([
    ['pooling_mode_mean_tokens', 'mean'],
    ['pooling_mode_cls_token', 'cls'],
    ['pooling_mode_lasttoken', 'last'],
    ['mean', 'mean'],
    ['cls', 'cls'],
    ['lasttoken', 'last'],
  ]);
  const flags = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true);
  const modes = typeof config['pooling_mode'] === 'string' ? [config['pooling_mode']] : flags;
  const pooling = modes.length === 1 ? named.get(modes[0]) : undefined;
  if (pooling) return pooling;
  throw new RouterError(
    'UNSUPPORTED',
    `Got a model that is pooled by ${modes.join(' and ') || 'nothing'}; mean, cls and last token are supported. Pass \`pooling\` if one of these will do.`,
  );
}

function readMaxTokens(...[config, tokenizerConfig, transformer]: readonly (Json | undefined)[]): number | undefined {
  const offset = OFFSET_POSITIONS.includes(String(config?.['model_type']))
    ? Number(config?.['pad_token_id'] ?? 1) + 1
    : 0;
  const limits = [
    transformer?.['max_seq_length'],
    tokenizerConfig?.['model_max_length'],
    Number(config?.['max_position_embeddings']) - offset,
  ];
  // Tokenizers without a limit say 1e30.
  const known = limits.filter((limit) => Number.isInteger(limit) && (limit as number) > 0 && (limit as number) < 1e6);
  return known.length > 0 ? Math.min(...(known as number[])) : undefined;
}

function readPrompts(sentence: Json | undefined): Prefixes {
  const { prompts, default_prompt_name: name } = sentence ?? {};
  if (typeof prompts !== 'object' || prompts === null) return {};
  const texts = new Map<unknown, unknown>(Object.entries(prompts));
  const usual = texts.get(name);
  const query = texts.get('query') ?? usual;
  const utterance = texts.get('passage') ?? texts.get('document') ?? usual;
  return { ...(isText(query) && { query }), ...(isText(utterance) && { utterance }) };
}

function isText(text: unknown): text is string {
  return typeof text === 'string' && text !== '';
}

async function readJson(read: ReadLayoutFile, path: string): Promise<Json | undefined> {
  try {
    return (await read(path)) as Json;
  } catch (error) {
    if (error instanceof MissingFileError) return undefined;
    throw error;
  }
}
