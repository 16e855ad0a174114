/**
 * Texts made to mislead a router of eight support routes: negations, keywords in another sense, words of one route with
 * the meaning of another, typos, other languages. Per set, the percentage that is decided rightly (none included) and of
 * texts for which a wrong route is named: by the default rule, with negatives added, and by the best utterance.
 */

import { createEncoder, createMemoryStorage, openRouter, type DecisionRule, type Encoder } from 'synaptoroute/node';
import { ADVERSARIAL_SETS, readAdversarialRouter, readAdversarialSet, type Sample } from './datasets.ts';
import { round, type Metrics } from './measure.ts';

const VARIANTS = [
  { suffix: '', rule: 'blend', hasNegatives: false },
  { suffix: '_with_negatives', rule: 'blend', hasNegatives: true },
  { suffix: '_best_utterance', rule: 'best-utterance', hasNegatives: false },
] as const;

export async function run(): Promise<Metrics> {
  const encoder = await createEncoder({ thread: 'caller' });
  const metrics: Record<string, number> = {};
  for (const name of ADVERSARIAL_SETS) {
    const samples = readAdversarialSet(name);
    for (const { suffix, rule, hasNegatives } of VARIANTS) {
      const { right, wrong } = await sharesOf(encoder, samples, rule, hasNegatives);
      const set = name.replaceAll('-', '_');
      metrics[`${set}_right${suffix}`] = right;
      metrics[`${set}_false${suffix}`] = wrong;
    }
  }
  await encoder.close?.();
  return metrics;
}

async function sharesOf(
  encoder: Encoder,
  samples: readonly Sample[],
  rule: DecisionRule,
  hasNegatives: boolean,
): Promise<{ readonly right: number; readonly wrong: number }> {
  const router = await openRouter({ encoder, storage: createMemoryStorage(), rule });
  for (const { negatives, ...route } of readAdversarialRouter()) {
    await router.addRoute(hasNegatives ? { ...route, negatives } : route);
  }
  const decisions = await router.queryMany(samples.map(({ text }) => text));
  await router.close();
  const right = decisions.filter(({ route }, i) => route === samples[i]?.route).length;
  const wrong = decisions.filter(({ route }, i) => route !== null && route !== samples[i]?.route).length;
  return { right: round((100 * right) / samples.length, 1), wrong: round((100 * wrong) / samples.length, 1) };
}
