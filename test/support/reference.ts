/** Owns the three routes and ten queries that must be answered alike on every runtime. */

import type { Route } from 'synaptoroute';

export const REFERENCE_ROUTES: readonly Route[] = [
  { name: 'billing', utterances: ['I need a refund', 'Where is my receipt?', 'Cancel my subscription'] },
  { name: 'hours', utterances: ['When do you open?', 'Are you open on Sunday?', 'What are your opening hours?'] },
  { name: 'tech-support', utterances: ['The app crashes on start', 'I cannot log in', 'My screen stays black'] },
];

export const REFERENCE_QUERIES: readonly string[] = [
  'How do I get my money back?',
  'Tell me a joke about cats',
  'Are you open on Christmas Eve?',
  'My password is not accepted',
  'I would like to stop paying for this every month, please, since I never use it any more and it is expensive.',
  'What time does the shop close tonight?',
  'The program freezes',
  'Who won the world cup in 1998?',
  'Send me the invoice',
  'hello',
];

/** The reference on native ONNX Runtime; scores by route. */
export interface ReferenceDecision {
  readonly route: string | null;
  readonly scores: Readonly<Record<string, number>>;
}
