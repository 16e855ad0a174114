/** Owns what a fit would say of one text whose answer is known. Pure. */

import { leadOf, preferences } from './preference.ts';

/** One text, measured and scored by a head that has not seen it; arrays in the order of the routes. */
export interface Judged {
  /** Position of its route; -1 for a text of none. */
  readonly route: number;
  readonly scores: Float32Array;
  readonly logProbabilities: Float32Array;
  readonly lexical: Float32Array;
  /** Whether a negative keeps the route away. */
  readonly kept: readonly boolean[];
}

export interface Judgement {
  readonly route: number;
  readonly picked: number;
  readonly score: number;
  /** To the best score of another route; the score itself where there is none. */
  readonly margin: number;
  readonly lead: number;
  /** A negative keeps the picked route away. */
  readonly isKept: boolean;
}

export function judge({ route, scores, logProbabilities, lexical, kept }: Judged, lexicalWeight: number): Judgement {
  const values = preferences(logProbabilities, lexical, lexicalWeight);
  const picked = greatest(values);
  const score = scores[picked] as number;
  let rival = -Infinity;
  for (let r = 0; r < scores.length; r++) if (r !== picked) rival = Math.max(rival, scores[r] as number);
  const margin = rival === -Infinity ? score : score - rival;
  return { route, picked, score, margin, lead: leadOf(values), isKept: kept[picked] as boolean };
}

/** Position of the greatest value, the first of equals. */
export function greatest(values: ArrayLike<number>): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[at] as number)) at = i;
  return at;
}
