/** Owns what the playground opens with: the README's routes and some sentences to try. */

import type { Route } from 'synaptoroute/browser';

export const README_ROUTES: readonly Route[] = [
  { name: 'billing', utterances: ['I need a refund', 'Where is my receipt?', 'Cancel my subscription'] },
  { name: 'hours', utterances: ['When do you open?', 'Are you open on Sunday?', 'What are your opening hours?'] },
  { name: 'tech-support', utterances: ['The app crashes on start', 'I cannot log in', 'My screen stays black'] },
];

/** One for each route, one that comes near and misses, and one that belongs nowhere. */
export const SAMPLE_QUERIES: readonly string[] = [
  'How do I get my money back?',
  'Can I come by at the weekend?',
  'Nothing shows up on my display',
  'Please stop my plan',
  'Tell me a joke about cats',
];
