/** Owns what a caller may ask of the reports: checks it, copies it, or says what is wrong with it. */

import { guarded } from './guard.ts';
import { invalidOption, parseCallback, parseInteger, parseObject, parseSamples } from './input.ts';
import type { EvaluateOptions, ExplainOptions, LabelledText } from './types.ts';

const DEFAULT_CANDIDATES = 3;

/** How many candidates are to be explained. */
export const parseCandidateCount: (options: ExplainOptions | undefined) => number = guarded((options = {}) => {
  const { candidates } = parseObject(options, 'options') as ExplainOptions;
  return parseInteger(candidates, 'candidates', DEFAULT_CANDIDATES, 1);
});

/** What is told how far an evaluation has come. */
export const parseProgress: (options: EvaluateOptions | undefined) => EvaluateOptions['onProgress'] = guarded(
  (options = {}) => parseCallback((parseObject(options, 'options') as EvaluateOptions).onProgress, 'onProgress'),
);

/** Copies; at least one. */
export function parseEvaluated(input: unknown): readonly LabelledText[] {
  const samples = parseSamples(input);
  if (samples.length > 0) return samples;
  throw invalidOption('Got no samples to evaluate; pass at least one {text, route}, with route null for none.');
}
