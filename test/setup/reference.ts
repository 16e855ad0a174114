/** Decides the reference queries in Node on native ONNX Runtime, so that the browser's answers have something to equal. */

import { openRouter } from '../../src/node/index.ts';
import type { TestProject } from 'vitest/node';
import { REFERENCE_QUERIES, REFERENCE_ROUTES, type ReferenceDecision } from '../support/reference.ts';

declare module 'vitest' {
  interface ProvidedContext {
    reference: readonly ReferenceDecision[];
  }
}

export async function setup(project: TestProject): Promise<void> {
  const router = await openRouter({ device: 'native' });
  for (const route of REFERENCE_ROUTES) await router.addRoute(route);
  const decisions = await router.queryMany(REFERENCE_QUERIES);
  project.provide(
    'reference',
    decisions.map(({ route, candidates }) => ({
      route,
      scores: Object.fromEntries(candidates.map((candidate) => [candidate.route, candidate.score])),
    })),
  );
  await router.close();
}
