/** Owns the plain words for a decision. Pure; what the words look like is the views' affair. */

import type { Decision } from 'synaptoroute/browser';
import { formatScore, formatThreshold } from './format.ts';

/** Why this route, or why none, in a sentence or two. */
export function explain(decision: Decision): string {
  return decision.truncated ? `${why(decision)} The sentence is long; its end was not read.` : why(decision);
}

function why(decision: Decision): string {
  const [nearest] = decision.candidates;
  if (!nearest) return 'The router has no routes yet, so nothing can match.';
  switch (decision.reason) {
    case 'matched': {
      const { route, utterance, score, threshold } = decision;
      const stricter =
        nearest.route === route ? '' : ` ${nearest.route} came nearer, but missed its own, stricter threshold.`;
      return `Nearest to “${utterance}”. Its score of ${formatScore(score)} meets the threshold of ${formatThreshold(threshold)}.${stricter}`;
    }
    case 'ambiguous':
      return `More than one route fits, and they are too close to call. The nearest example is “${nearest.utterance}” of ${nearest.route}.`;
    default: {
      const { route, utterance, score, threshold } = nearest;
      return `The nearest example is “${utterance}” of ${route}, but ${formatScore(score)} is short of the threshold of ${formatThreshold(threshold)}.`;
    }
  }
}

/** The decision in one breath, for a screen reader. */
export function announce(decision: Decision): string {
  return `${decision.route === null ? 'No route' : `Route: ${decision.route}`}. ${explain(decision)}`;
}
