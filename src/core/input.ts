/** Owns what a caller may pass in: checks it, copies it, or says in one sentence what is wrong with it. */

import { RouterError, type RouterErrorCode } from './errors.ts';
import { guarded, readItems, show } from './guard.ts';
import { RULE_NAMES } from './scoring.ts';
import type {
  AbortSignalLike,
  BatchOptions,
  CallOptions,
  CloseOptions,
  DecisionOptions,
  EncodeTextsOptions,
  FitOptions,
  JsonValue,
  LabelledText,
  Metadata,
  RecoveryOptions,
  Route,
  TextKind,
} from './types.ts';

const ROUTE_NAME = /^[A-Za-z0-9_-]{1,64}$/;
/** Far beyond what any encoder reads (the embedded one: 128 tokens); keeps one text from filling a disk. */
const MAX_UTTERANCE_LENGTH = 10_000;
/** Timers count in 32 bits: a longer delay than 25 days would end at once. */
const MAX_DURATION_MS = 2 ** 31 - 1;
const MAX_METADATA_DEPTH = 32;
const MAX_METADATA_VALUES = 10_000;

/** A checked copy of a route: nothing that the caller does to its own object reaches it. */
export const parseRoute: (input: Route) => Route = guarded((input) => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidRoute(`Got ${show(input)} as a route; pass {name, utterances, threshold?, metadata?}.`);
  }
  const { name: givenName, utterances, negatives, threshold, metadata } = input;
  const name = parseName(givenName);
  return {
    name,
    utterances: parseUtterances(utterances, name),
    ...(negatives !== undefined && !isEmptyList(negatives) && { negatives: parseUtterances(negatives, name) }),
    ...(threshold !== undefined && { threshold: parseThreshold(threshold, name) }),
    ...(metadata !== undefined && { metadata: parseMetadata(metadata, name) }),
  };
}, 'INVALID_ROUTE');

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

export function parseName(name: unknown): string {
  if (typeof name === 'string' && ROUTE_NAME.test(name)) return name;
  throw invalidRoute(`Got ${show(name)} as a route's name; use 1 to 64 of A-Z a-z 0-9 _ -.`);
}

/** Trimmed, well-formed, without exact duplicates, in the given order; at least one. */
export const parseUtterances: (input: unknown, route: string) => readonly string[] = guarded((input, route) => {
  if (!Array.isArray(input)) {
    throw invalidRoute(`Got ${show(input)} as utterances of "${route}"; pass an array of strings.`);
  }
  const texts = new Set<string>();
  for (const item of readItems(input, `utterances of "${route}"`, 'INVALID_ROUTE')) {
    const text = typeof item === 'string' ? item.trim().toWellFormed() : '';
    if (text === '') {
      throw invalidRoute(`Got ${show(item)} as an utterance of "${route}"; pass a sentence that is not blank.`);
    }
    if (text.length > MAX_UTTERANCE_LENGTH) {
      throw invalidRoute(
        `Got an utterance of ${text.length} characters for "${route}"; the most is ${MAX_UTTERANCE_LENGTH}, and one short sentence is best.`,
      );
    }
    texts.add(text);
  }
  if (texts.size === 0) throw invalidRoute(`Got no utterances for "${route}"; give at least one example sentence.`);
  return [...texts];
}, 'INVALID_ROUTE');

export function parseThreshold(threshold: unknown, route: string): number {
  if (typeof threshold === 'number' && threshold >= -1 && threshold <= 1) return threshold;
  throw invalidRoute(
    `Got ${show(threshold)} as the threshold of "${route}"; pass a number in [-1, 1] or leave it out.`,
  );
}

export function parseQuery(text: unknown): string {
  if (typeof text === 'string') return text;
  throw new RouterError('INVALID_QUERY', `Got ${show(text)} as a query; pass a string.`);
}

export const parseQueries: (texts: unknown) => readonly string[] = guarded((texts) => {
  if (Array.isArray(texts)) return readItems(texts, 'queries', 'INVALID_QUERY').map(parseQuery);
  throw new RouterError('INVALID_QUERY', `Got ${show(texts)} as queries; pass an array of strings.`);
}, 'INVALID_QUERY');

/** The options of one call. */
export const parseCallOptions: (options: CallOptions | undefined) => CallOptions = guarded((options) => {
  if (options === undefined) return {};
  const { signal, timeoutMs } = parseObject(options, 'options') as CallOptions;
  if (signal !== undefined && !isSignal(signal)) {
    throw invalidOption(`Expected \`signal\` to be an AbortSignal, got ${show(signal)}; pass the controller's signal.`);
  }
  return {
    ...(signal && { signal }),
    ...(timeoutMs !== undefined && { timeoutMs: parseDuration(timeoutMs, 'timeoutMs', 0) }),
  };
});

/** As what texts are to be encoded. */
export const parseTextKind: (options?: EncodeTextsOptions) => TextKind = guarded((options = {}) => {
  const { kind } = parseObject(options, 'options') as EncodeTextsOptions;
  return parseChoice(kind, 'kind', ['query', 'utterance']);
});

export const parseCloseOptions: (options?: CloseOptions) => 'reject' | 'drain' = guarded((options = {}) => {
  const { pending } = parseObject(options, 'options') as CloseOptions;
  return parseChoice(pending, 'pending', ['reject', 'drain']);
});

export const parseBatchOptions: (options?: BatchOptions) => Required<BatchOptions> = guarded((options = {}) => {
  const { maxBatchSize, maxWaitMs, maxQueueSize, cacheSize } = parseObject(options, 'batch') as BatchOptions;
  return {
    maxBatchSize: parseInteger(maxBatchSize, 'batch.maxBatchSize', 32, 1),
    maxWaitMs: parseDuration(maxWaitMs, 'batch.maxWaitMs', 2),
    maxQueueSize: parseInteger(maxQueueSize, 'batch.maxQueueSize', 10_000, 1),
    cacheSize: parseInteger(cacheSize, 'batch.cacheSize', 0, 0),
  };
});

export type ParsedFitOptions = Required<Pick<FitOptions, 'samples' | 'folds' | 'seed'>> & {
  readonly maxErrorRate: number | undefined;
};

/** What a fit learns from, with the defaults. */
export const parseFitOptions: (options?: FitOptions) => ParsedFitOptions = guarded((options = {}) => {
  const { samples = [], maxErrorRate, folds, seed } = parseObject(options, 'options') as FitOptions;
  if (maxErrorRate !== undefined && !(typeof maxErrorRate === 'number' && maxErrorRate > 0 && maxErrorRate < 1)) {
    throw invalidOption(`Expected \`maxErrorRate\` to be a number in (0, 1), got ${show(maxErrorRate)}.`);
  }
  return {
    samples: parseSamples(samples),
    maxErrorRate,
    folds: parseInteger(folds, 'folds', 3, 2),
    seed: parseInteger(seed, 'seed', 1, 0),
  };
});

/** Texts with their right routes; `null` for none. */
export const parseSamples: (samples: unknown) => readonly LabelledText[] = guarded((samples) => {
  if (!Array.isArray(samples)) throw invalidOption(`Expected \`samples\` to be an array, got ${show(samples)}.`);
  return readItems(samples, 'samples', 'INVALID_OPTION').map((sample) => {
    const { text, route } = parseObject(sample, 'samples[]') as LabelledText;
    if (route === undefined)
      throw invalidRoute('Got a sample without `route`; pass its name, or null for a text of none.');
    return { text: parseQuery(text), route: route === null ? null : parseName(route) };
  });
});

/** How a router decides, with the defaults. */
export function parseDecisionOptions(options: DecisionOptions): Required<DecisionOptions> {
  const { rule = 'blend', minMargin = 0 } = options;
  if (!RULE_NAMES.includes(rule)) {
    throw invalidOption(`Expected \`rule\` to be one of ${RULE_NAMES.join(', ')}, got ${show(rule)}.`);
  }
  if (typeof minMargin === 'number' && minMargin >= 0 && minMargin <= 2) return { rule, minMargin };
  throw invalidOption(`Expected \`minMargin\` to be a number in [0, 2], got ${show(minMargin)}.`);
}

/** What to do with stored vectors that cannot be used, with the defaults. */
export function parseRecovery(options: RecoveryOptions): Required<Pick<RecoveryOptions, 'onMismatch' | 'onCorrupt'>> {
  const { onMismatch, onCorrupt } = options;
  return {
    onMismatch: parseChoice(onMismatch, 'onMismatch', ['fail', 'reencode']),
    onCorrupt: parseChoice(onCorrupt, 'onCorrupt', ['fail', 'reencode']),
  };
}

/** One of some words, or the first of them, the default. */
export function parseChoice<T extends string>(value: unknown, name: string, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0];
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw invalidOption(`Expected \`${name}\` to be ${choices.join(' or ')}, got ${show(value)}.`);
}

/** The options of a constructor, which is no array, no `null` and no text. */
export function parseObject(options: unknown, name: string): object {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options;
  throw invalidOption(`Expected \`${name}\` to be an object, got ${show(options)}.`);
}

function isSignal(signal: unknown): signal is AbortSignalLike {
  const { aborted, addEventListener, removeEventListener } = (signal ?? {}) as Partial<AbortSignalLike>;
  return (
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  );
}

/** An option that is called, which may throw too. */
export function parseCallback<A extends readonly unknown[]>(
  callback: ((...given: A) => void) | undefined,
  name: string,
): ((...given: A) => void) | undefined {
  if (callback === undefined) return undefined;
  if (typeof callback === 'function') return guarded(callback);
  throw invalidOption(`Expected \`${name}\` to be a function, got ${show(callback)}.`);
}

/** An integer option within bounds, or its default. */
export function parseInteger(value: unknown, name: string, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && (value as number) >= least) return value as number;
  throw invalidOption(`Expected \`${name}\` to be an integer >= ${least}, got ${show(value)}.`);
}

/** More than any text model has; so that a mistake asks for no memory that there is not. */
const MAX_DIMENSIONS = 65_536;

/** The length of an encoder's vectors. */
export function parseDimensions(value: unknown, name: string): number {
  const dimensions = parseInteger(value ?? NaN, name, 1, 1);
  if (dimensions <= MAX_DIMENSIONS) return dimensions;
  throw invalidOption(`Expected \`${name}\` to be at most ${MAX_DIMENSIONS}, got ${dimensions}.`);
}

/** A cosine option in [-1, 1], or its default. */
export function parseCosine(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value >= -1 && value <= 1) return value;
  throw invalidOption(`Expected \`${name}\` to be a number in [-1, 1], got ${show(value)}.`);
}

/** A duration option in milliseconds, finite and >= 0, or its default. */
export function parseDuration(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value >= 0 && value < Infinity) return Math.min(value, MAX_DURATION_MS);
  throw invalidOption(`Expected \`${name}\` to be a number of milliseconds >= 0, got ${show(value)}.`);
}

/** A frozen copy. */
export function parseMetadata(metadata: unknown, route: string): Metadata {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw invalidRoute(`Got ${show(metadata)} as the metadata of "${route}"; pass a plain object of JSON values.`);
  }
  return copyJson(metadata, 'metadata', 0, { values: MAX_METADATA_VALUES }) as Metadata;
}

/** A frozen deep copy. The depth bound ends cycles, `budget` what a few shared objects could blow up. */
function copyJson(value: unknown, path: string, depth: number, budget: { values: number }): JsonValue {
  if (depth > MAX_METADATA_DEPTH || --budget.values < 0) {
    throw invalidRoute(
      `Got ${path.slice(0, 40)}… deeper than ${MAX_METADATA_DEPTH}, of more than ${MAX_METADATA_VALUES} values, or in a cycle; pass plain JSON values.`,
    );
  }
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) {
    // Not map(), which passes over holes.
    return Object.freeze(Array.from(value, (item, i) => copyJson(item, `${path}[${i}]`, depth + 1, budget)));
  }
  if (isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.freeze(
      Object.fromEntries(entries.map(([key, item]) => [key, copyJson(item, `${path}.${key}`, depth + 1, budget)])),
    );
  }
  throw invalidRoute(`Got ${show(value)} at ${path}, which JSON cannot hold; pass plain JSON values.`);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Plain objects of another realm (an iframe, a vm context) have a foreign prototype whose own is null.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function invalidRoute(message: string): RouterError {
  return new RouterError('INVALID_ROUTE' satisfies RouterErrorCode, message);
}

export function invalidOption(message: string): RouterError {
  return new RouterError('INVALID_OPTION', message);
}
