/** Owns what a caller may ask of the reports: checks it, copies it, or says what is wrong with it. */

import { invalidOption, parseInteger, parseObject, parseSamples } from './input.ts';
import type { EvaluateOptions, ExplainOptions, LabelledText } from './types.ts';

const DEFAULT_CANDIDATES = 3;

/** How many candidates are to be explained. */
export function parseCandidateCount(options: ExplainOptions | undefined): number {
  if (options === undefined) return DEFAULT_CANDIDATES;
  const { candidates } = parseObject(options, 'options') as ExplainOptions;
  return parseInteger(candidates, 'candidates', DEFAULT_CANDIDATES, 1);
}

/** What is told how far an evaluation has come. */
export function parseProgress(options: EvaluateOptions | undefined): EvaluateOptions['onProgress'] {
  if (options === undefined) return undefined;
  const { onProgress } = parseObject(options, 'options') as EvaluateOptions;
  if (onProgress === undefined || typeof onProgress === 'function') return onProgress;
  throw invalidOption('Expected `onProgress` to be a function.');
}

/** Copies; at least one. */
export function parseEvaluated(input: unknown): readonly LabelledText[] {
  const samples = parseSamples(input);
  if (samples.length > 0) return samples;
  throw invalidOption('Got no samples to evaluate; pass at least one {text, route}, with route null for none.');
}
