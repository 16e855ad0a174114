/** Owns the samples that one can begin with: the routes' own utterances reworded or cut in half, and some texts of none. */

import type { RouteSnapshot } from 'synaptoroute/browser';

const FORMS: readonly ((text: string) => string)[] = [
  (text) => `hello, I was wondering: ${text}`,
  (text) => halfOf(text, 'first'),
  (text) => `${text.replace(/[.?!]$/, '')} please, it is for my sister`,
  (text) => halfOf(text, 'last'),
];

const OF_NONE: readonly string[] = [
  'tell me a joke about cats',
  'what is the capital of France?',
  'write a poem about the sea',
  'who won the match last night?',
  'how tall is Mount Everest?',
  'my cat likes fish',
];

const MAX_OF_ROUTE = 6;

/** As CSV, with a header. */
export function exampleSamples(routes: readonly RouteSnapshot[]): string {
  const rows = routes.flatMap(({ name, utterances }) =>
    utterances.slice(0, MAX_OF_ROUTE).map((text, i) => {
      const form = FORMS[i % FORMS.length] as (typeof FORMS)[number];
      return `${quote(form(text))},${name}`;
    }),
  );
  return ['text,route', ...rows, ...OF_NONE.map((text) => `${quote(text)},`)].join('\n');
}

/** What someone in a hurry leaves of a sentence. */
function halfOf(text: string, half: 'first' | 'last'): string {
  const words = text.split(' ');
  const middle = Math.ceil(words.length / 2);
  return (half === 'first' ? words.slice(0, middle) : words.slice(-middle)).join(' ');
}

function quote(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
