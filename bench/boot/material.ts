/** Owns what the boot benchmark stores: seeded routes, texts and unit vectors, and the encoder that knows them. */

import type { Encoder, StoredRoute } from 'synaptoroute';
import { createPicker, createRandom } from '../measure.ts';

export const DIMENSIONS = 512;
export const ROUTE_COUNT = 500;
export const UTTERANCES_PER_ROUTE = 100;

const WORDS =
  'how|do|i|get|my|money|back|where|is|the|parcel|that|was|sent|last|week|please|change|address|of|order|cancel|plan|invoice';

export function createRoutes(): readonly StoredRoute[] {
  const random = createRandom(4);
  const pick = createPicker(random);
  return Array.from({ length: ROUTE_COUNT }, (_, route) => ({
    name: `route-${route}`,
    threshold: 0.6,
    utterances: Array.from({ length: UTTERANCES_PER_ROUTE }, (_unused, i) => ({
      text: `${Array.from({ length: 8 }, () => pick(WORDS)).join(' ')} ${route * UTTERANCES_PER_ROUTE + i}`,
      vector: unitVector(random),
    })),
  }));
}

function unitVector(random: () => number): Float32Array {
  const vector = Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** A boot has no encoder run; queries and edits get one vector. */
export const ENCODER: Encoder = {
  id: 'boot',
  dimensions: DIMENSIONS,
  defaultThreshold: 0.6,
  async encode(texts) {
    const vectors = new Float32Array(texts.length * DIMENSIONS);
    for (let i = 0; i < texts.length; i++) vectors[i * DIMENSIONS] = 1;
    return { vectors };
  },
};
