/** Owns the three routes and ten queries that must be answered alike on every runtime. */

import type { Route } from 'synaptoroute';

export const REFERENCE_ROUTES: readonly Route[] = [
  { name: 'billing', utterances: ['I need a refund', 'Where is my receipt?', 'Cancel my subscription'] },
  { name: 'hours', utterances: ['When do you open?', 'Are you open on Sunday?', 'What are your opening hours?'] },
  { name: 'tech-support', utterances: ['The app crashes on start', 'I cannot log in', 'My screen stays black'] },
];

/** Ten queries with the routes they belong to. */
export const REFERENCE_CASES: readonly (readonly [query: string, route: string | null])[] = [
  ['How do I get my money back?', 'billing'],
  ['Tell me a joke about cats', null],
  ['Are you open on Christmas Eve?', 'hours'],
  ['My password is not accepted', 'tech-support'],
  ['I would like to cancel my subscription, please, since I never use it any more and it is expensive.', 'billing'],
  ['What time do you open tomorrow?', 'hours'],
  ['The app does not start any more', 'tech-support'],
  ['Who won the world cup in 1998?', null],
  ['Where can I find the receipt?', 'billing'],
  ['hello', null],
];

export const REFERENCE_QUERIES: readonly string[] = REFERENCE_CASES.map(([query]) => query);

/** The reference on native ONNX Runtime; scores by route. */
export interface ReferenceDecision {
  readonly route: string | null;
  readonly scores: Readonly<Record<string, number>>;
}
