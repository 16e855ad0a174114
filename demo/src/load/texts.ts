/** Owns what a load test asks: the routes' own utterances in other words around them, no two alike. */

import type { RouteSnapshot } from 'synaptoroute/browser';

const BEFORE: readonly string[] = [
  '',
  'please, ',
  'hello, ',
  'quick question: ',
  'sorry, but ',
  'hi there, ',
  'ok so ',
];
const AFTER: readonly string[] = [
  '',
  ' please',
  ' thanks',
  ' today',
  ' as soon as you can',
  ' if possible',
  ' right now',
];

/** As many as are asked for; none without utterances. */
export function variedTexts(routes: readonly RouteSnapshot[], count: number): readonly string[] {
  const utterances = routes.flatMap((route) => route.utterances);
  if (utterances.length === 0) return [];
  return Array.from({ length: count }, (_, i) => {
    const utterance = utterances[i % utterances.length] as string;
    const round = Math.floor(i / utterances.length);
    const before = BEFORE[round % BEFORE.length] as string;
    const after = AFTER[Math.floor(round / BEFORE.length) % AFTER.length] as string;
    const again = Math.floor(round / (BEFORE.length * AFTER.length));
    return `${before}${utterance}${after}${again === 0 ? '' : ` ${again + 1}`}`;
  });
}
