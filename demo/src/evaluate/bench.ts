/** Owns the evaluations of one set of samples, without and with a fit, and the calls that make them. Shows nothing. */

import type { EvaluateProgress, FitReport, LabelledText, RouteSnapshot, Router } from 'synaptoroute/browser';
import type { Sample } from './read-samples.ts';
import type { Results } from './results.ts';

export interface Split {
  /** Samples of routes that the router has, and of none. */
  readonly usable: readonly LabelledText[];
  readonly leftOut: readonly Sample[];
}

export interface Work {
  readonly signal: AbortSignal;
  readonly onProgress: (step: string, done: number | undefined) => void;
}

/** A router decides only what it has routes for. */
export function splitByRoutes(samples: readonly Sample[], routes: readonly RouteSnapshot[]): Split {
  const names = new Set(routes.map(({ name }) => name));
  const isUsable = ({ route }: Sample): boolean => route === null || names.has(route);
  return {
    usable: samples.filter(isUsable).map(({ text, route }) => ({ text, route })),
    leftOut: samples.filter((sample) => !isUsable(sample)),
  };
}

/** By the router as it stands: with its fit, if one is in force. */
export async function evaluateNow(
  router: Router,
  samples: readonly LabelledText[],
  before: Results | undefined,
  { signal, onProgress }: Work,
): Promise<Results> {
  onProgress('Evaluating', 0);
  const evaluation = await router.evaluate(samples, {
    signal,
    onProgress: ({ encodedTexts, totalTexts }: EvaluateProgress) =>
      onProgress(
        `${encodedTexts.toLocaleString('en')} of ${totalTexts.toLocaleString('en')} samples`,
        encodedTexts / totalTexts,
      ),
  });
  const isFitted = (await router.status()).fit.state === 'in-force';
  return isFitted ? { plain: before?.plain, fitted: evaluation } : { plain: evaluation, fitted: before?.fitted };
}

/** Fits, with the state before it evaluated first where that is not known yet. */
export async function compareFit(
  router: Router,
  samples: readonly LabelledText[],
  before: Results | undefined,
  work: Work,
): Promise<{ readonly results: Results; readonly report: FitReport }> {
  const isFitted = (await router.status()).fit.state === 'in-force';
  const plain = before?.plain || isFitted ? before : await evaluateNow(router, samples, before, work);
  work.onProgress('Fitting on the routes’ own sentences', undefined);
  const report = await router.fit({ signal: work.signal });
  return { results: await evaluateNow(router, samples, plain, work), report };
}
